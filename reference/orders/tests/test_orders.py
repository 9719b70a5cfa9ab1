"""An order is placed, and confirmed once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.core import mail
from django.test import TransactionTestCase
from django.urls import reverse
from django.utils import timezone

from bazaar.testing import SiteTestCase, make_person, make_product
from orders.models import Order
from orders.placing import place_order
from orders.tasks import KEPT, confirm_order, forget_cancelled_orders


class Ordering(SiteTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.product, self.person = make_product(price="19.90"), make_person("ada@example.com")
        self.client.force_login(self.person)

    def test_an_order_keeps_the_price_of_its_moment(self) -> None:
        self.client.post(reverse("orders:place", args=[self.product.slug]), {"quantity": 3})
        self.product.price = Decimal("99.00")
        self.product.save(update_fields=["price"])
        order = Order.objects.get()
        self.assertEqual((order.person, order.total), (self.person, Decimal("59.70")))

    def test_the_letter_is_sent_once_however_often_the_task_runs(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            order = place_order(self.person, self.product, quantity=2)
        with self.captureOnCommitCallbacks(execute=True):
            confirm_order.delay(order.pk)
        order.refresh_from_db()
        self.assertIsNotNone(order.confirmed_at)
        (letter,) = mail.outbox
        self.assertEqual(letter.to, ["ada@example.com"])
        self.assertIn("2 x Desk lamp", letter.body)

    def test_no_task_is_sent_before_the_commit(self) -> None:
        with self.captureOnCommitCallbacks() as waiting:
            place_order(self.person, self.product, quantity=1)
        self.assertEqual(mail.outbox, [])
        for send in waiting:
            send()
        self.assertEqual(len(mail.outbox), 1)

    def test_more_than_twenty_pieces_are_refused(self) -> None:
        self.client.post(reverse("orders:place", args=[self.product.slug]), {"quantity": 21})
        self.assertFalse(Order.objects.exists())

    def test_members_see_their_own_orders_alone(self) -> None:
        place_order(make_person(), make_product("Radio"), quantity=1)
        place_order(self.person, self.product, quantity=1)
        page = self.client.get(reverse("orders:mine"))
        self.assertContains(page, "Desk lamp")
        self.assertNotContains(page, "Radio")

    def test_many_orders_take_as_many_queries_as_one(self) -> None:
        place_order(self.person, self.product, quantity=1)
        few = self.count_queries(reverse("orders:mine"))
        for _ in range(5):
            place_order(self.person, make_product(), quantity=1)
        self.assertEqual(self.count_queries(reverse("orders:mine")), few)


class CleaningUp(TransactionTestCase):
    """Batches are transactions of their own: they refuse to run in the one that a TestCase holds."""

    def test_old_orders_that_were_cancelled_are_forgotten_and_no_others(self) -> None:
        person, product = make_person(), make_product()
        old = timezone.now() - KEPT - timedelta(days=1)
        for status, placed_at in (("cancelled", old), ("shipped", old), ("cancelled", timezone.now())):
            order = place_order(person, product, quantity=1)
            Order.objects.filter(pk=order.pk).update(status=status, placed_at=placed_at)
        self.assertEqual(forget_cancelled_orders(), 1)
        self.assertEqual(Order.objects.count(), 2)
