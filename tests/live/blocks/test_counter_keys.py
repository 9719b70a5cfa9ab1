"""Counters by columns of every kind: what is read is what is there, and what cannot be counted is refused."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now, Random
from django.test import override_settings

from django_tenfold.db.counters import Counter
from django_tenfold.db.counters.upkeep import (
    install_counter,
    remove_counter,
    repair_counter,
    roll_up,
    roll_up_together,
    verify_counter,
)
from django_tenfold.db.derived.fields import AggregatedField
from django_tenfold.db.derived.upkeep import install_field
from tests.django_site.databases import databases
from tests.django_site.records.models import Owner, Record
from tests.django_site.shop.models import Box, Depot, Oddity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]
TOKEN = uuid4()


@contextmanager
def kept(*counters: Counter) -> Iterator[None]:
    try:
        for counter in counters:
            install_counter(counter, using="default")
        yield
    finally:
        for counter in counters:
            remove_counter(counter, using="default")


@pytest.mark.parametrize(
    ("by", "value", "asked"),
    [
        ("active", True, [True, 1, "True"]),
        ("active", False, [False, 0]),
        ("price", Decimal("1.50"), [Decimal("1.5"), Decimal("1.50"), "1.5"]),
        ("token", TOKEN, [TOKEN, str(TOKEN), str(TOKEN).upper()]),
        ("day", date(2026, 3, 1), [date(2026, 3, 1), "2026-03-01"]),
        ("rank", 7, [7, "7"]),
        ("kind", "b", ["b"]),
        ("title", "x" * 200, ["x" * 200]),
    ],
)
def test_a_number_is_read_by_the_value_of_its_key(by: str, value: Any, asked: list[Any]) -> None:
    counter = Counter("by_any", "records.Record", by=by)
    with kept(counter):
        Record.objects.create(**{"title": "a", by: value})
        assert [counter.read(one) for one in asked] == [1] * len(asked)
        roll_up(counter, using="default")
        Record.objects.create(**{"title": "a", by: value})
        assert [counter.read(one) for one in asked] == [2] * len(asked)
        listed = Record.objects.annotate(same=counter.of(by)).values_list("same", flat=True)
        assert [*listed] == [2, 2]
        assert counter.read(None) == 0
        assert verify_counter(counter, using="default") == ()


def test_an_instance_is_no_key() -> None:
    counter = Counter("by_owner", "records.Record", by="owner")
    with kept(counter), pytest.raises(TypeError, match=r"expected a number"):
        counter.read(Owner.objects.create(name="Ann"))


@pytest.mark.parametrize(
    ("counter", "why"),
    [
        (Counter("no", "records.Record", by="made"), "time zone"),
        (Counter("no", "records.Record", by="weight"), "extra_float_digits"),
        (Counter("no", "records.Record", by="took"), "IntervalStyle"),
        (Counter("no", "reads.Review", by="text"), "255 characters"),
        (Counter("no", "records.Record", add="price"), "adds whole numbers up"),
        (Counter("no", "records.Record", add="active"), "adds whole numbers up"),
        (Counter("no", "records.Record", where=Q(made__lt=Now())), r"asks for Now\(\)"),
        (Counter("no", "records.Record", where=~Q(rank=F("score") + Random())), r"asks for Random\(\)"),
        (
            Counter("no", "records.Record", where=Q(owner__in=Owner.objects.filter(name="Ann"))),
            "holds a query",
        ),
        (
            Counter("no", "records.Record", where=Q(Exists(Owner.objects.filter(pk=OuterRef("owner"))))),
            "holds a query",
        ),
        (Counter("no", "records.Record", where=~Q(owner__name="Ann")), "another table"),
        (Counter("no", "records.Record", where=Q(rank=1) | Q(owner__name="Ann")), "another table"),
        (Counter("no", "records.Owner", where=Q(record__rank=1)), "another table"),
        (Counter("no", "records.Owner", where=Q(name__in=[])), "no row can meet"),
        (Counter("no", "records.Owner", where=~Q(record__rank=1)), "query|another table"),
    ],
)
def test_what_triggers_cannot_count_is_refused_with_the_reason(counter: Counter, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        install_counter(counter, using="default")


def test_an_aggregate_whose_condition_holds_a_query_is_refused() -> None:
    queried = AggregatedField(
        "shop.Product",
        "reviews",
        rows="shop.Review",
        by="product",
        take="count",
        where=Q(written__lt=Now()),
    )
    with pytest.raises(ValueError, match=r"Now\(\)"):
        install_field(queried, using="default")


@pytest.mark.parametrize(
    "where",
    [
        Q(score__gt=3) | Q(score=None),
        ~Q(score=3),
        ~Q(score__gt=F("rank")),
        ~(Q(score=1) & Q(active=True)),
        Q(score__in=[1, 2, None]),
        ~Q(score__in=[1, 2]),
        Q(rank__gt=F("score")) | ~Q(price__gte=Decimal("1.5")),
        Q(facts__size=2),
        ~Q(facts__has_key="size"),
        Q(title__icontains="50%_\\") ^ Q(active=True),
        Q(owner=None),
        ~Q(title="$keep$"),
        Q(made__year=2026, made__date__gte=date(2026, 1, 1)),
    ],
)
def test_conditions_over_nulls_and_negations_count_what_a_query_finds(where: Q) -> None:
    counter = Counter("chosen", "records.Record", by="kind", where=where)
    owner = Owner.objects.create(name="Ann")
    with kept(counter):
        Record.objects.bulk_create(
            Record(
                title=("50%_\\ off", "plain")[one % 2], kind="ab"[one % 2], rank=one % 4, active=one % 3 > 0,
                score=(None, 1, 2, 3, 4)[one % 5], price=(None, 1, 2)[one % 3], owner=(None, owner)[one % 2],
                facts=(None, {"size": 2}, {"size": None})[one % 3], made=(None, "2026-01-01T00:00Z")[one % 2],
            )
            for one in range(60)
        )  # fmt: skip
        Record.objects.filter(rank=2).update(score=F("score") + 1, active=False)
        Record.objects.filter(rank=3, score=2).delete()
        for kind in "ab":
            assert counter.read(kind) == Record.objects.filter(where, kind=kind).count()
        assert verify_counter(counter, using="default") == ()


def test_a_column_follows_by_the_key_that_the_foreign_key_refers_to() -> None:
    boxes = Counter("boxes", "shop.Box", by="depot", column="shop.Depot.boxes")
    with kept(boxes):
        depots = [Depot.objects.create(code=code) for code in ("n/1", "2")]
        Box.objects.bulk_create(Box(depot=depots[one % 3 == 0]) for one in range(9))
        roll_up_together([boxes], using="default")
        assert [*Depot.objects.order_by("pk").values_list("boxes", flat=True)] == [6, 3]
        assert boxes.read("n/1") == 6
        Depot.objects.update(boxes=9)
        assert len(verify_counter(boxes, using="default")) == 2


class Elsewhere:
    """What is counted, and where it is read, is in another database than the default."""

    def db_for_read(self, model: type[Any], **_: Any) -> str | None:
        return "rows" if model._meta.app_label == "records" else None

    db_for_write = db_for_read


def test_a_counter_is_read_where_its_rows_are(postgres_database: Servers) -> None:
    counter = Counter("by_rank", "records.Record", by="rank")
    entry = postgres_database.database_entry()
    empty = {"ENGINE": "django.db.backends.postgresql", **entry, "NAME": "postgres"}
    with (
        override_settings(DATABASE_ROUTERS=[f"{__name__}.Elsewhere"]),
        databases({"default": empty, "rows": entry}),
    ):
        install_counter(counter, using="rows")
        try:
            Record.objects.create(title="a", rank=3)
            assert counter.read(3) == 1
        finally:
            remove_counter(counter, using="rows")


def test_a_table_whose_name_needs_quotes_is_counted() -> None:
    assert len(Oddity._meta.db_table) == 63
    counter = Counter("odd", "shop.Oddity", by="kind", where=Q(kind__gt=1))
    with kept(counter):
        Oddity.objects.bulk_create(Oddity(kind=one) for one in range(4))
        assert [counter.read(one) for one in range(4)] == [0, 0, 1, 1]
        assert repair_counter(counter, using="default") == ()
