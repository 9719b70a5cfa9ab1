"""What stands in the way of a seeding, and its removal."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from orders.models import Order
from products.models import Product
from reviews.models import Review
from seeding.rows import DOMAIN


class FullError(Exception):
    """There is something that would be lost."""


def refuse_full() -> None:
    """FullError when the database holds products, reviews or orders."""
    if Product.objects.exists() or Review.objects.exists() or Order.objects.exists():
        raise FullError(
            "The database holds products, reviews or orders already. --add keeps them and adds to them; --fresh"
            " removes all categories, products, reviews, votes and orders first."
        )


def remove_members() -> None:
    """Members of an earlier seeding, after all that refers to them; people with an account of their own stay."""
    people = get_user_model().objects.filter(email__endswith=f"@{DOMAIN}")
    people._raw_delete(people.db)
