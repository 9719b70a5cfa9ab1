"""The pages that anybody can ask for."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django_tenfold.observability.testing import NoNPlusOneMixin


class PagesTests(NoNPlusOneMixin, TestCase):
    def test_the_home_page_greets_a_visitor(self) -> None:
        response = self.client.get(reverse("pages:home"), secure=True)
        self.assertContains(response, reverse("people:sign-up"))

    def test_crawlers_are_kept_out_of_accounts_and_administration(self) -> None:
        response = self.client.get("/robots.txt", secure=True)
        self.assertContains(response, "Disallow: /people/")
        self.assertEqual(response["Content-Type"], "text/plain")

    def test_browsers_that_ask_for_a_favicon_are_led_to_it(self) -> None:
        response = self.client.get("/favicon.ico", secure=True)
        self.assertRedirects(response, "/static/favicon.svg", fetch_redirect_response=False)

    def test_a_page_that_is_not_there_says_so_in_the_site_s_own_way(self) -> None:
        response = self.client.get("/nothing-here/", secure=True)
        self.assertContains(response, "There is no such page", status_code=404)

    def test_every_answer_bears_the_security_headers(self) -> None:
        headers = self.client.get(reverse("pages:home"), secure=True).headers
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(headers["X-Frame-Options"], "DENY")
        self.assertEqual(headers["Referrer-Policy"], "same-origin")

    def test_probes_are_answered_without_https_or_a_known_host(self) -> None:
        for path in ("/livez", "/readyz"):
            with self.subTest(path):
                self.assertEqual(self.client.get(path, headers={"host": "10.0.0.1"}).status_code, 200)

    def test_the_staff_page_is_closed_to_visitors(self) -> None:
        self.assertEqual(self.client.get("/-/tenfold/", secure=True).status_code, 302)


class ErrorPageTests(SimpleTestCase):
    """Without a database: it may be what has failed."""

    def test_each_error_has_a_page_that_needs_neither_request_nor_database(self) -> None:
        for name in ("400", "403", "403_csrf", "404", "500"):
            with self.subTest(name):
                self.assertIn("To the home page", render_to_string(f"{name}.html"))
