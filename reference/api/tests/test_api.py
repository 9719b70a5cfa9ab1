"""The JSON API: what it answers, with how many queries, and what it refuses."""

from __future__ import annotations

from unittest.mock import patch

from django.urls import reverse
from django_tenfold.api.drf.compile import explain
from rest_framework.throttling import AnonRateThrottle

from api.serializers import StandingSerializer
from api.views import ProductListView, ReviewListView
from bazaar.testing import SiteTestCase, make_person, make_product, make_review
from products.models import Category
from reviews.models import Reviewer


class Api(SiteTestCase):
    def test_a_product_tells_its_figures(self) -> None:
        product = make_product()
        make_review(product, rating=5)
        found = self.client.get(reverse("api:product", args=[product.slug])).json()
        self.assertEqual(
            (found["review_count"], found["rating"], found["category"]["slug"]), (1, 5.0, "lighting")
        )

    def test_lists_take_as_many_queries_for_many_rows_as_for_few(self) -> None:
        for name in ("products", "reviews", "leaderboard"):
            with self.subTest(name):
                make_review()
                few = self.count_queries(reverse(f"api:{name}"))
                for _ in range(8):
                    make_review()
                self.assertEqual(self.count_queries(reverse(f"api:{name}")), few)
                self.assertLessEqual(few, 3)

    def test_lists_are_compiled_to_the_last_field(self) -> None:
        self.assertEqual(ProductListView().explain_list(), ())
        self.assertEqual(ReviewListView().explain_list(), ())
        self.assertEqual(explain(StandingSerializer, Reviewer), ())

    def test_pages_by_key_join_without_a_gap_or_a_double(self) -> None:
        product = make_product()
        made = {make_review(product).pk for _ in range(7)}
        address, seen = reverse("api:reviews") + "?size=3", []
        while address:
            page = self.client.get(address).json()
            seen += [row["id"] for row in page["results"]]
            address = page["next"]
        self.assertEqual((len(seen), set(seen)), (7, made))

    def test_reviews_of_one_category_are_listed_alone(self) -> None:
        audio = Category.objects.create(name="Audio", slug="audio")
        make_review(make_product("Radio", category=audio), title="Clear sound")
        make_review(title="Good light")
        found = self.client.get(reverse("api:reviews"), {"category": "audio"}).json()["results"]
        self.assertEqual([one["title"] for one in found], ["Clear sound"])
        self.assertEqual(self.client.get(reverse("api:reviews"), {"category": "none"}).status_code, 404)

    def test_no_page_is_larger_than_a_hundred_rows(self) -> None:
        with patch("api.pagination.ByKey.max_page_size", 2):
            for _ in range(3):
                make_review()
            page = self.client.get(reverse("api:reviews"), {"size": 5000}).json()
        self.assertEqual(len(page["results"]), 2)

    def test_reviews_name_their_author_without_the_address(self) -> None:
        make_review(author=make_person("ada.miller@example.com"))
        answer = self.client.get(reverse("api:reviews"))
        self.assertEqual(answer.json()["results"][0]["author"], "Ada Miller")
        self.assertNotContains(answer, "@")

    def test_who_has_the_newest_version_gets_304_until_a_review_comes(self) -> None:
        product = make_product()
        address = reverse("api:product", args=[product.slug])
        tag = self.client.get(address)["ETag"]
        self.assertEqual(self.client.get(address, headers={"if-none-match": tag}).status_code, 304)
        make_review(product)
        self.assertEqual(self.client.get(address, headers={"if-none-match": tag}).status_code, 200)

    def test_who_asks_too_often_is_told_to_wait(self) -> None:
        with patch.object(AnonRateThrottle, "rate", "2/min", create=True):
            addresses = [f"{reverse('api:reviews')}?size={size}" for size in (1, 2, 3)]
            self.assertEqual([self.client.get(one).status_code for one in addresses], [200, 200, 429])

    def test_nothing_can_be_written(self) -> None:
        self.assertEqual(self.client.post(reverse("api:reviews"), {}).status_code, 405)

    def test_a_product_that_does_not_exist_is_not_found(self) -> None:
        self.assertEqual(self.client.get(reverse("api:product", args=["nothing"])).status_code, 404)
