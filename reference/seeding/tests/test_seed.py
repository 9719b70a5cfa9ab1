"""`manage.py seed`: the same rows for the same seed, nobody's work overwritten, every counter right."""

from __future__ import annotations

from collections import Counter
from io import StringIO

from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import SimpleTestCase

from bazaar.testing import SiteTestCase, find_wrong_counters, make_person, make_product, make_review
from orders.models import Order
from products.models import Product
from reviews.models import HelpfulVote, Review
from seeding.progress import Progress
from seeding.rows import Starts, review_lines
from seeding.shape import Shape


def seed(rows: int, **options: object) -> str:
    said = StringIO()
    call_command("seed", rows=rows, stdout=said, **options)
    return said.getvalue()


class Shapes(SimpleTestCase):
    def test_nobody_reviews_a_product_twice(self) -> None:
        for rows in (1, 2, 10, 33, 100, 1000, 20_000):
            with self.subTest(rows):
                shape = Shape(rows, seed=3)
                places = {shape.place(number) for number in range(rows)}
                self.assertEqual(len(places), rows)
                self.assertLess(max(author for _, author in places), shape.members)
                self.assertLess(max(product for product, _ in places), shape.products)

    def test_a_few_members_write_much_and_many_write_little(self) -> None:
        shape = Shape(20_000)
        counts = sorted(Counter(shape.place(number)[1] for number in range(20_000)).values(), reverse=True)
        self.assertGreater(sum(counts[:50]), 4 * sum(counts[-500:]) / 2)
        self.assertGreater(counts[0], 20 * counts[-1])

    def test_the_lines_say_what_the_shape_says(self) -> None:
        shape = Shape(500, seed=7)
        lines = [line.split("\t") for line in review_lines(shape, Starts(), 0, 500)]
        self.assertEqual(
            [(int(line[1]) - 1, int(line[2]) - 1) for line in lines], [shape.place(n) for n in range(500)]
        )
        self.assertEqual({len(line) for line in lines}, {12})

    def test_nobody_votes_for_a_review_twice_or_for_the_own(self) -> None:
        shape = Shape(2000)
        for number in range(2000):
            author = shape.place(number)[1]
            voters = shape.voters(number, author)
            self.assertEqual(len({*voters, author}), len(voters) + 1)

    def test_another_seed_makes_other_rows(self) -> None:
        first, second = (list(review_lines(Shape(50, seed=seed), Starts(), 0, 50)) for seed in (1, 2))
        self.assertNotEqual(first, second)


class Telling(SimpleTestCase):
    def test_progress_tells_rate_and_time_left(self) -> None:
        said: list[str] = []
        moments = iter((0.0, 4.0, 5.0))
        progress = Progress("reviews", 300, said.append, clock=lambda: next(moments))
        progress.add(100)
        progress.end()
        self.assertEqual(
            said, ["  reviews: 100 of 300, 25/s, 8 s left", "  reviews: 100 rows in 5.0 s, 20/s"]
        )


class Seeding(SiteTestCase):
    def test_everything_is_there_in_proportion(self) -> None:
        seed(400)
        self.assertEqual(Review.objects.count(), 400)
        self.assertEqual(Order.objects.count(), 50)
        self.assertEqual(Review.objects.filter(verified=True).count(), 50)
        self.assertGreater(HelpfulVote.objects.count(), 20)
        self.assertGreater(Product.objects.count(), 10)

    def test_every_counter_is_right_afterwards(self) -> None:
        seed(400)
        self.assertEqual(find_wrong_counters(), [])
        self.assertGreater(Product.objects.order_by("-review_count")[0].review_count, 5)

    def test_every_review_is_in_the_category_of_its_product(self) -> None:
        seed(400)
        self.assertFalse(Review.objects.exclude(category=F("product__category")).exists())

    def test_every_verified_review_has_its_order(self) -> None:
        seed(400)
        ordered = set(Order.objects.values_list("person", "product"))
        self.assertEqual(set(Review.objects.filter(verified=True).values_list("author", "product")), ordered)

    def test_a_database_with_reviews_is_refused(self) -> None:
        make_review()
        with self.assertRaisesMessage(CommandError, "--fresh"):
            seed(50)
        self.assertEqual(Review.objects.count(), 1)

    def test_a_product_of_somebody_is_no_less_than_a_review(self) -> None:
        make_product()
        with self.assertRaisesMessage(CommandError, "holds products"):
            seed(50)

    def test_more_can_be_added(self) -> None:
        make_review()
        seed(50, add=True)
        seed(50, add=True)
        self.assertEqual(Review.objects.count(), 101)
        self.assertEqual(find_wrong_counters(), [])

    def test_a_fresh_start_keeps_people_with_an_account(self) -> None:
        person = make_person("ada@example.com")
        make_review(author=person)
        seed(50, fresh=True)
        members = get_user_model().objects.count()
        seed(50, fresh=True)
        self.assertEqual(get_user_model().objects.count(), members)
        self.assertTrue(get_user_model().objects.filter(pk=person.pk).exists())
        self.assertEqual(Review.objects.count(), 50)

    def test_a_plan_writes_nothing(self) -> None:
        self.assertIn("reviews_review", seed(50, plan=True))
        self.assertFalse(Review.objects.exists())

    def test_numbers_that_cannot_be_are_refused(self) -> None:
        for options in ({"rows": 0}, {"rows": -5}, {"rows": 10**10}, {"rows": 10, "seed": -1}):
            with self.subTest(options), self.assertRaises(CommandError):
                seed(**options)
