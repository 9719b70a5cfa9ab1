"""Seeding by COPY, where the database has it."""

from __future__ import annotations

from io import StringIO
from unittest import skipUnless
from unittest.mock import patch

from django.core.management import call_command
from django.db import connection, transaction

from bazaar.testing import SiteTestCase, find_wrong_counters, make_review
from products.models import Product
from reviews.models import Review

DEFINITIONS = """
    SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ANY(%s::regclass[])
    UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename = ANY(%s)
"""
TABLES = ["reviews_review", "products_product", "orders_order", "people_person", "reviews_helpfulvote"]


def definitions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(DEFINITIONS, [TABLES, TABLES])
        return sorted(text for (text,) in cursor.fetchall())


def seed(rows: int, **options: object) -> None:
    call_command("seed", rows=rows, stdout=StringIO(), **options)


@skipUnless(connection.vendor == "postgresql", "COPY is PostgreSQL's")
class SeedingByCopy(SiteTestCase):
    def test_indexes_and_constraints_are_back_as_they_were(self) -> None:
        before = definitions()
        seed(300)
        self.assertEqual(definitions(), before)
        self.assertEqual(Review.objects.count(), 300)

    def test_every_counter_is_right_afterwards(self) -> None:
        seed(300)
        self.assertEqual(find_wrong_counters(), [])

    def test_rows_can_be_added_afterwards_by_hand_and_by_another_seeding(self) -> None:
        seed(300)
        make_review()
        seed(200, add=True)
        self.assertEqual(Review.objects.count(), 501)
        self.assertEqual(find_wrong_counters(), [])

    def test_the_database_s_own_values_are_those_that_were_stored(self) -> None:
        seed(300)
        product = Product.objects.order_by("-review_count")[0]
        self.assertAlmostEqual(product.rating, product.rating_sum / product.review_count)

    def test_a_failure_at_the_end_leaves_everything_as_it_was(self) -> None:
        make_review()
        before = definitions()
        broken = patch("seeding.by_copy.count_rows", side_effect=RuntimeError("power cut"))
        with broken, self.assertRaisesMessage(RuntimeError, "power cut"), transaction.atomic():
            seed(300, fresh=True)
        self.assertEqual(Review.objects.count(), 1)
        self.assertEqual(definitions(), before)
