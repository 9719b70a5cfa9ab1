"""The pages answer."""

from __future__ import annotations

from django.test import TestCase
from django.urls import reverse


class PagesTests(TestCase):
    def test_the_home_page_answers_a_visitor(self) -> None:
        self.assertEqual(self.client.get(reverse("pages:home")).status_code, 200)
