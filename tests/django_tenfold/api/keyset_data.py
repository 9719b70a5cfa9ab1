"""Random records and orders, and pages as OFFSET would make them: the oracle of keyset pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F

from django_tenfold.api.keyset import KeysetPaginator
from tests.django_site.records.models import Owner, Record

if TYPE_CHECKING:
    import random

NAMES = ("rank", "score", "price", "made", "title", "kind", "owner__name", "owner_id", "active")


def fill(chance: random.Random, number: int) -> None:
    """Few values for each column: many ties, many NULLs."""
    owners = Owner.objects.bulk_create(Owner(name=name) for name in ("Ann", "Bob", "Bob"))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    Record.objects.bulk_create(
        Record(
            owner=chance.choice([None, *owners]),
            title=chance.choice(["", "a", "b", "É"]),
            kind=chance.choice("ab"),
            rank=chance.randrange(3),
            score=chance.choice([None, 1, 2, 3]),
            price=chance.choice([None, Decimal("0.10"), Decimal("0.20"), Decimal("12.00")]),
            made=chance.choice([None, start, start + timedelta(microseconds=1), start + timedelta(days=1)]),
            active=chance.random() < 0.5,
        )
        for _ in range(number)
    )


def random_order(chance: random.Random) -> list[Any]:
    """Names and expressions in any direction, with or without a word on NULLs."""
    order: list[Any] = []
    for name in chance.sample(NAMES, chance.randrange(1, 4)):
        match chance.randrange(6):
            case 0:
                order.append(F(name).asc(nulls_first=True))
            case 1:
                order.append(F(name).desc(nulls_last=True))
            case 2 | 3:
                order.append(name)
            case _:
                order.append("-" + name)
    return order if chance.random() < 0.5 else [*order, chance.choice(["pk", "-pk"])]


def compare_with_offset(order: list[Any], per_page: int) -> None:
    """All pages forward, then all back, hold what slices of the whole order hold."""
    whole = list(Record.objects.order_by(*order, *_append_key(order)).values_list("pk", flat=True))
    paginator = KeysetPaginator(Record.objects.all(), order_by=order, per_page=per_page)
    page = paginator.page()
    seen, pages = [], [page]
    while page.next:
        page = paginator.page(page.next)
        pages.append(page)
    seen = [row.pk for page in pages for row in page]
    assert seen == whole, order
    assert all(len(page) == per_page for page in pages[:-1])
    back = [page]
    while page.previous:
        page = paginator.page(page.previous)
        back.append(page)
    wanted = [[row.pk for row in one] for one in pages]
    assert [[row.pk for row in one] for one in reversed(back)] == wanted, order
    last = [row.pk for row in paginator.page(paginator.last)]
    assert last == whole[-per_page:], order


def _append_key(order: list[Any]) -> list[str]:
    """The primary key, the way of the last key."""
    last = order[-1]
    if last in ("pk", "-pk"):
        return []
    down = last.startswith("-") if isinstance(last, str) else getattr(last, "descending", False)
    return ["-pk" if down else "pk"]
