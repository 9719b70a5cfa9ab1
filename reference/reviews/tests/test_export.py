"""The export for staff."""

from __future__ import annotations

import csv

from django.contrib.auth.models import Permission
from django.urls import reverse

from bazaar.testing import SiteTestCase, make_person, make_product, make_review


class Export(SiteTestCase):
    def setUp(self) -> None:
        super().setUp()
        staff = make_person(is_staff=True)
        staff.user_permissions.add(Permission.objects.get(codename="view_review"))
        self.client.force_login(staff)

    def rows(self, **query: str) -> list[dict[str, str]]:
        answer = self.client.get(reverse("reviews:export"), {"download": "1", **query})
        self.assertEqual(answer["Content-Type"], "text/csv; charset=utf-8")
        return list(csv.DictReader(answer.getvalue().decode().splitlines()))

    def test_every_published_review_is_a_line(self) -> None:
        make_review(title="First, with a comma", rating=3)
        make_review(published=False)
        (row,) = self.rows()
        self.assertEqual((row["title"], row["rating"]), ("First, with a comma", "3"))

    def test_a_download_that_was_cut_goes_on_behind_its_last_whole_line(self) -> None:
        product = make_product()
        made = [make_review(product).pk for _ in range(5)]
        self.assertEqual([int(row["id"]) for row in self.rows()], made)
        query = {"download": "1", "after": str(made[2])}
        rest = self.client.get(reverse("reviews:export"), query).getvalue().decode()
        self.assertEqual([int(line.partition(",")[0]) for line in rest.splitlines()], made[3:])

    def test_no_member_is_told_by_an_address(self) -> None:
        author = make_person("ada@example.com")
        make_review(author=author)
        (row,) = self.rows()
        self.assertEqual(row["author"], str(author.pk))
        self.assertNotIn("ada@example.com", row.values())

    def test_a_formula_in_a_title_is_made_harmless(self) -> None:
        make_review(title="=HYPERLINK(1)")
        self.assertEqual(self.rows()[0]["title"], "'=HYPERLINK(1)")

    def test_dates_and_category_narrow_it(self) -> None:
        make_review()
        self.assertEqual(self.rows(since="2026-05-05"), [])
        self.assertEqual(len(self.rows(until="2026-05-04")), 1)
        self.assertEqual(len(self.rows(since="2026-05-04")), 1)

    def test_a_malformed_date_is_told_on_the_page(self) -> None:
        answer = self.client.get(reverse("reviews:export"), {"download": "1", "since": "soon"})
        self.assertContains(answer, "Enter a valid date")

    def test_members_without_the_right_get_nothing(self) -> None:
        self.client.force_login(make_person())
        self.assertEqual(self.client.get(reverse("reviews:export"), {"download": "1"}).status_code, 403)
