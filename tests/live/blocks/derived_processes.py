"""Processes that write products, reviews and makers all at once, each by another way and out of step.

"plain" is what sites do all day: one change a transaction, of reviews or of a product that keeps its name. "wild" also
renames, moves rows, changes several products in any order, and does two such things in one transaction.

`python -m tests.live.blocks.derived_processes <plain|wild> <seed> <turns>` with DATABASE in the environment.
A deadlock is tried again, as applications do; how many there were is printed as JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PRODUCTS = 6
AGAIN = ("40P01", "40001")
"""SQLSTATE of a deadlock, and of what SERIALIZABLE does not allow."""
MAKERS = 3


def start_django() -> None:
    import django
    from django.conf import settings

    from tests.django_site.settings import SITE

    settings.configure(**{**SITE, "DATABASES": {"default": json.loads(os.environ["DATABASE"])}})
    django.setup()


def main(kind: str, seed: int, turns: int) -> None:
    start_django()
    from django.db import OperationalError, transaction

    chosen, deadlocks = random.Random(seed), 0
    acts = make_acts(chosen) if kind == "wild" else make_plain_acts(chosen)
    for _ in range(turns):
        act = chosen.choice(acts)
        while True:
            try:
                with transaction.atomic():
                    for _ in range(chosen.choice((1, 1, 2)) if kind == "wild" else 1):
                        act()
                    if chosen.random() < 0.1:
                        transaction.set_rollback(True)
                break
            except OperationalError as problem:
                if getattr(problem.__cause__, "sqlstate", "") not in AGAIN:
                    raise
                deadlocks += 1
    sys.stdout.write(json.dumps({"deadlocks": deadlocks}))


def make_acts(chosen: random.Random) -> list[Callable[[], object]]:
    from tests.django_site.shop.models import Maker, Product, Review

    def product() -> int:
        return chosen.randrange(PRODUCTS) + 1

    def some(most: int) -> Any:
        near = chosen.randrange(1, 3000)
        return Review.objects.filter(
            pk__in=[*Review.objects.filter(pk__gte=near).values_list("pk", flat=True)[:most]]
        )

    def add() -> object:
        rows = (
            Review(product_id=product(), rating=chosen.randrange(6)) for _ in range(chosen.choice((1, 1, 5)))
        )
        return Review.objects.bulk_create(rows)

    def save_stale() -> None:
        review, one = some(1).first(), Product.objects.get(pk=product())
        one.save()
        if review is not None:
            review.rating = chosen.randrange(6)
            review.save()

    return [
        add,
        add,
        add,
        save_stale,
        lambda: some(4).delete(),
        lambda: some(3).update(product_id=product()),
        lambda: some(5).update(rating=chosen.randrange(6), published=chosen.random() < 0.7),
        lambda: Product.objects.filter(pk=product()).update(name=str(chosen.random())),
        lambda: Product.objects.filter(pk__in=[product(), product()]).update(
            maker_id=chosen.randrange(MAKERS) + 1
        ),
        lambda: Maker.objects.filter(pk=chosen.randrange(MAKERS) + 1).update(name=str(chosen.random())),
    ]


def make_plain_acts(chosen: random.Random) -> list[Callable[[], object]]:
    from tests.django_site.shop.models import Product, Review

    def any_review() -> Any:
        return Review.objects.filter(pk__gte=chosen.randrange(1, 600)).first()

    def edit() -> None:
        if review := any_review():
            review.rating = chosen.randrange(6)
            review.save()

    def drop() -> None:
        if review := any_review():
            review.delete()

    def add() -> None:
        rows = (
            Review(product_id=one, rating=chosen.randrange(6))
            for one in (chosen.randrange(PRODUCTS) + 1,) * 2
        )
        Review.objects.bulk_create(rows)

    def save() -> None:
        Product.objects.get(pk=chosen.randrange(PRODUCTS) + 1).save()

    return [add, add, edit, drop, save]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
