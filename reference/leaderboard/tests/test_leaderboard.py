"""Ranks, percentiles and times: from the database, never from Python."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from bazaar.testing import (
    NOW,
    CachingTestCase,
    SiteTestCase,
    find_own,
    make_person,
    make_product,
    make_review,
)
from leaderboard.standings import count_reviewers, standings
from reviews.authors import public_name


class Leaderboard(SiteTestCase):
    def setUp(self) -> None:
        super().setUp()
        products = [make_product() for _ in range(3)]
        for name, reviews in (("ada", 3), ("ben", 2), ("cem", 2), ("dana", 1)):
            person = make_person(f"{name}@example.com")
            for number in range(reviews):
                make_review(products[number], person, started_at=NOW - timedelta(seconds=60 * (number + 1)))

    def test_members_with_as_many_reviews_share_a_rank(self) -> None:
        self.assertEqual([one.rank for one in standings()], [1, 2, 2, 4])

    def test_the_percentile_tells_how_many_stand_behind(self) -> None:
        self.assertEqual([round(one.percentile, 1) for one in standings()], [100.0, 66.7, 66.7, 0.0])

    def test_the_average_time_is_of_all_reviews_of_a_member(self) -> None:
        self.assertEqual([one.average_seconds for one in standings()], [120.0, 90.0, 90.0, 60.0])

    def test_one_query_answers_it_all_but_the_number_of_reviewers(self) -> None:
        with self.capture() as captured:
            self.assertEqual(public_name(standings()[0].person), "Ada")
        self.assertEqual(len(find_own(captured)), 2)

    def test_the_page_shows_names_ranks_and_times(self) -> None:
        page = self.client.get(reverse("leaderboard:leaderboard"))
        for text in ("Ada", "66.67", "2 min 00 s"):
            self.assertContains(page, text)


class KeptLeaderboard(CachingTestCase):
    def test_a_kept_page_asks_the_database_nothing_until_somebody_rises(self) -> None:
        address = reverse("leaderboard:leaderboard")
        make_review(author=make_person("ada@example.com"))
        for _ in range(2):
            self.client.get(address)
        with self.assertNumQueries(0):
            self.client.get(address)
        with self.assertNumQueries(0):
            self.assertEqual(count_reviewers(), 1)
        make_review(author=make_person("ben@example.com"))
        self.assertContains(self.client.get(address), "Ben")
        self.assertEqual(count_reviewers(), 2)
