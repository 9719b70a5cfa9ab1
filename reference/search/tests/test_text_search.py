"""What PostgreSQL makes of a search; on other engines there is nothing to test."""

from __future__ import annotations

from unittest import skipUnless

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.urls import reverse

from bazaar.testing import SiteTestCase, make_product, make_review
from products.models import Product
from reviews.models import Review
from search.finding import LANGUAGE, find_products, find_reviews

ON_POSTGRESQL = skipUnless(connection.vendor == "postgresql", "full text search is PostgreSQL's")


@ON_POSTGRESQL
class TextSearch(SiteTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.lamp = make_product("Walnut reading light", description="For long evenings.")
        self.review = make_review(self.lamp, title="Warm glow", text="Two lamps for our houses.")

    def test_other_forms_of_a_word_are_found(self) -> None:
        self.assertEqual([one.pk for one in find_reviews("lamp house")], [self.review.pk])

    def test_a_phrase_and_what_is_left_out_are_understood(self) -> None:
        self.assertTrue(find_reviews('"two lamps"').exists())
        self.assertFalse(find_reviews('"lamps two"').exists())
        self.assertFalse(find_reviews("lamps -houses").exists())

    def test_a_misspelt_product_is_found_by_likeness(self) -> None:
        make_product("Garden hose")
        self.assertEqual([one.name for one in find_products("walnutt readin")], ["Walnut reading light"])

    def test_the_best_match_comes_first(self) -> None:
        often = make_review(title="Lamp of lamps", text="A lamp, a lamp, a lamp.")
        self.assertEqual([one.pk for one in find_reviews("lamp")], [often.pk, self.review.pk])

    def test_hidden_reviews_are_not_found(self) -> None:
        Review.objects.update(published=False)
        self.assertFalse(find_reviews("lamps").exists())

    def test_indexes_answer_the_questions(self) -> None:
        names = [{"name": f"Thing {number}", "slug": f"thing-{number}"} for number in range(2000)]
        Product.objects.bulk_create(
            Product(category=self.lamp.category, price=1, description=name["slug"], **name) for name in names
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE products_product")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_indexscan = off")  # what is left reads bitmaps, as GIN does
        vector = SearchVector("title", "text", config=LANGUAGE)
        words = SearchQuery("lamp", config=LANGUAGE, search_type="websearch")
        self.assertIn("review_words", Review.objects.annotate(found=vector).filter(found=words).explain())
        self.assertIn(
            "product_trigrams", Product.objects.filter(name__trigram_word_similar="walnutt").explain()
        )

    def test_any_input_is_answered(self) -> None:
        for words in ("'", '"', "a & | !", "%", "\0lamp", ":*", "<->", "((("):
            with self.subTest(words):
                page = self.client.get(reverse("search:results"), {"q": words})
                self.assertEqual(page.status_code, 200)
