"""Places an order: the row, and after its commit the letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from orders.models import Order
from orders.tasks import confirm_order

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from products.models import Product


def place_order(person: AbstractBaseUser, product: Product, *, quantity: int) -> Order:
    """The order as it was stored, at the price of this moment. Its confirmation is sent by a worker."""
    with transaction.atomic():
        order = Order.objects.create(
            person=person, product=product, quantity=quantity, unit_price=product.price
        )
        # Sent after the commit, as every task is: a worker that is faster would find no order.
        confirm_order.delay(order.pk)
    return order
