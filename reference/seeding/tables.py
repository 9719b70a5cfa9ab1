"""The tables of a seeding in the order in which they are filled: model, columns, lines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import Max, Model

from orders.models import Order
from products.models import Category, Product
from reviews.models import HelpfulVote, Review
from seeding import rows
from seeding.people import member_fields, member_lines
from seeding.words import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seeding.rows import Starts
    from seeding.shape import Shape


@dataclass(frozen=True)
class Table:
    """`lines` makes its rows in COPY's text format, each with a value for every one of `columns`."""

    model: type[Model]
    columns: tuple[str, ...]
    rows: int
    lines: Callable[[], Iterator[str]]

    @property
    def name(self) -> str:
        return self.model._meta.db_table


def list_tables(shape: Shape, starts: Starts) -> list[Table]:
    """People first: they are never removed."""
    person = get_user_model()
    review = (
        "id product_id author_id rating title text verified published helpful_count started_at submitted_at"
        " category_id"
    )
    product = "id category_id name slug description price photo changed_at review_count rating_sum"
    order = "person_id product_id quantity unit_price status placed_at confirmed_at"
    votes = sum(
        1 + number // rows.VOTE_EVERY % 3 for number in range(rows.VOTE_AT, shape.rows, rows.VOTE_EVERY)
    )
    return [
        Table(
            person,
            tuple(one.attname for one in member_fields()),
            shape.members,
            lambda: member_lines(shape, starts),
        ),
        Table(
            Category,
            ("id", "name", "slug"),
            len(starts.categories) - len(starts.known),
            lambda: rows.category_lines(starts),
        ),
        Table(Product, tuple(product.split()), shape.products, lambda: rows.product_lines(shape, starts)),
        Table(
            Review, tuple(review.split()), shape.rows, lambda: rows.review_lines(shape, starts, 0, shape.rows)
        ),
        Table(HelpfulVote, ("review_id", "voter_id"), votes, lambda: rows.vote_lines(shape, starts)),
        Table(Order, tuple(order.split()), shape.orders, lambda: rows.order_lines(shape, starts)),
    ]


def find_starts(*, add: bool) -> Starts:
    """Ids that come after all that are taken. Without `add` only people are kept, so only theirs are."""
    if not add:
        return rows.Starts(member=_after(get_user_model()))
    known = dict(Category.objects.filter(name__in=CATEGORIES).values_list("name", "pk"))
    free = count(_after(Category))
    return rows.Starts(
        member=_after(get_user_model()),
        product=_after(Product),
        review=_after(Review),
        categories=tuple(known.get(name) or next(free) for name in CATEGORIES),
        known=frozenset(known.values()),
    )


def _after(model: type[Model]) -> int:
    return (model.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
