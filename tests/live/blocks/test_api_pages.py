"""Keyset pages and counts on PostgreSQL: the property, the plans and the statistics."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import F, Window
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.db.models.functions import RowNumber
from django.test.utils import isolate_apps

from django_tenfold.api.counts import CountingPaginator, RowCount, count_rows
from django_tenfold.api.keyset import KeysetPaginator
from tests.django_site.records.models import Owner, Record
from tests.django_tenfold.api.keyset_data import compare_with_offset, fill, random_order

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]


@pytest.mark.parametrize("seed", range(25))
def test_pages_by_key_are_those_of_offset_for_any_order(seed: int) -> None:
    chance = random.Random(seed)
    fill(chance, chance.randrange(0, 40))
    for _ in range(4):
        compare_with_offset(random_order(chance), chance.randrange(1, 8))


def test_the_row_value_lookups_of_django_are_what_pages_are_made_of() -> None:
    """They are not documented: a Django that changes them shows here."""
    for lookup, sign in ((TupleLessThan, "<"), (TupleGreaterThan, ">")):
        sql, values = (
            Record.objects.filter(lookup(Tuple(F("rank"), F("id")), (1, 5)))
            .values("id")
            .query.sql_with_params()
        )
        table = "records_record"
        assert f'("{table}"."rank", "{table}"."id") {sign} (%s, %s)' in sql
        assert values == (1, 5)


@pytest.mark.parametrize("order", [("weight",), ("-weight", "rank"), (F("weight").asc(nulls_first=True),)])
def test_what_is_no_number_is_the_largest_in_an_order(order: tuple[Any, ...]) -> None:
    weights = [None, 0.1, 1 / 3, float("inf"), float("-inf"), float("nan"), -0.0, 0.0, 5e-324]
    Record.objects.bulk_create(Record(weight=weights[number % len(weights)]) for number in range(30))
    compare_with_offset([*order], 4)


def make_many(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into records_record (title, kind, rank, score, active)"
            " select 't', 'a', n % 10, nullif(n %% 7, 0), true from generate_series(1, %s) n".replace(
                "n % 10", "n %% 10"
            ),
            [number],
        )
        cursor.execute("analyze records_record")


def read_plan(paginator: KeysetPaginator, cursor: str | None) -> dict[str, Any]:
    """The deepest node of the plan of a page, and how many rows its scan threw away."""
    told = paginator.first_query(cursor).explain(format="json", analyze=True)
    (plan,) = json.loads(told)
    node = plan["Plan"]
    kinds = []
    while node:
        kinds.append(node["Node Type"])
        removed = node.get("Rows Removed by Filter", 0)
        node = (node.get("Plans") or [None])[0]
    return {"kinds": kinds, "removed": removed}


@pytest.mark.parametrize("order", [("rank", "-id"), ("-rank", "id"), ("-id",), ("id",)])
def test_a_page_in_the_middle_reads_its_own_rows_from_an_index(order: tuple[str, ...]) -> None:
    make_many(20_000)
    paginator = KeysetPaginator(Record.objects.all(), order_by=order, per_page=10)
    whole = Record.objects.order_by(*order)
    middle = whole[10_005]
    cursor = paginator._cursor_of(middle, backward=False)
    assert paginator.page(cursor).rows == list(whole[10_006:10_016])
    for at in (None, cursor, paginator.page(cursor).previous, paginator.last):
        plan = read_plan(paginator, at)
        assert "Sort" not in plan["kinds"], plan
        assert plan["removed"] < 200, (
            plan
        )  # of 20,000: the planner may take the key's index and filter a tenth


def test_null_keys_are_read_from_the_index_too() -> None:
    make_many(20_000)
    Record.objects.update(owner=Owner.objects.create(name="Ann"))
    with connection.cursor() as cursor:
        cursor.execute("analyze records_record")
    rows = Record.objects.filter(owner=Owner.objects.get())
    paginator = KeysetPaginator(rows, order_by=("-score", "-id"), per_page=10)
    for place in (50, 2_900, 5_000):
        row = rows.order_by("-score", "-id")[place]
        cursor = paginator._cursor_of(row, backward=False)
        plan = read_plan(paginator, cursor)
        assert (plan["removed"], "Sort" in plan["kinds"]) == (0, False), (place, row.score, plan)


def test_a_table_is_estimated_once_it_is_analysed_and_counted_before() -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate records_record cascade")
        cursor.execute("vacuum records_record")
    fill(random.Random(1), 30)
    assert count_rows(Record.objects.all(), cap=10).method in {"capped", "estimate"}
    make_many(20_000)
    assert count_rows(Record.objects.all()) == RowCount(20_030, "estimate")
    assert count_rows(Record.objects.all(), mode="estimate") == RowCount(20_030, "estimate")
    assert count_rows(Record.objects.all(), mode="exact") == RowCount(20_030, "exact")
    assert CountingPaginator(Record.objects.order_by("pk"), 20).num_pages == 1_002


def test_a_condition_is_estimated_by_the_planner_beyond_the_cap() -> None:
    make_many(20_000)
    some = Record.objects.filter(rank__lt=5)
    found = count_rows(some, cap=1_000)
    assert found.method == "estimate"
    assert 9_000 < found.number < 11_000
    assert count_rows(some.filter(id__lt=0), cap=1_000) == RowCount(0, "exact")
    assert count_rows(some, mode="capped", cap=1_000) == RowCount(1_000, "capped")
    assert count_rows(Record.objects.none(), mode="estimate") == RowCount(0, "estimate")
    assert count_rows(Record.objects.select_related("owner")).number == 20_000


def test_an_estimate_below_what_was_counted_is_no_estimate() -> None:
    """All rows have the rank 3, and the statistics know of none."""
    with connection.cursor() as cursor:
        cursor.execute("alter table records_record set (autovacuum_enabled = false)")
        make_many(1_000)
        cursor.execute("update records_record set rank = 11")
        cursor.execute("analyze records_record")
        cursor.execute("update records_record set rank = 3")
        cursor.execute("alter table records_record reset (autovacuum_enabled)")
    assert count_rows(Record.objects.filter(rank=3), cap=100) == RowCount(100, "capped")
    assert count_rows(Record.objects.filter(rank=3), cap=2_000) == RowCount(1_000, "exact")


@isolate_apps("tests.django_site.records")
def test_statistics_that_are_missing_are_not_taken_for_none() -> None:
    """Of a view, of a table emptied before it was filled, of a table never analysed and filtered: all counted."""

    class Counted(models.Model):
        rank = models.IntegerField()

        class Meta:
            managed = False
            app_label = "records"
            db_table = "counted"

    numbers = "select n as id, 1 as rank from generate_series(1, 3000) n"
    emptied = ("create table emptied as " + numbers, "truncate emptied", "vacuum emptied")
    for made in (
        ("create view counted as " + numbers,),
        ("create table counted with (autovacuum_enabled = false) as " + numbers,),
        (*emptied, "insert into emptied " + numbers, "alter table emptied rename to counted"),
    ):
        with connection.cursor() as cursor:
            for statement in made:
                cursor.execute(statement)
        try:
            for rows in (Counted.objects.all(), Counted.objects.filter(rank=1)):
                assert count_rows(rows, mode="estimate") == RowCount(3_000, "exact"), made
                assert count_rows(rows, cap=100) == RowCount(100, "capped"), made
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"drop {'view' if 'view' in made[0] else 'table'} counted")


def test_slices_and_windows_are_counted_in_every_mode() -> None:
    make_many(2_000)
    in_places = Record.objects.annotate(place=Window(RowNumber(), order_by="id"))
    for mode in ("auto", "estimate", "exact"):
        for rows in (Record.objects.all(), Record.objects.order_by("-id")):
            assert count_rows(rows[100:1_600], mode=mode, cap=100).number == 1_500, mode
        assert count_rows(in_places.filter(place__lte=1_500), mode=mode, cap=1_500) == RowCount(
            1_500, "exact"
        )


def test_partitions_are_summed_and_one_never_analysed_spoils_the_sum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("create table parts (like records_slot) partition by range (room)")
        cursor.execute("create table part_1 partition of parts for values from (0) to (10)")
        cursor.execute(
            "create table part_2 partition of parts for values from (10) to (20) partition by range (hour)"
        )
        cursor.execute("create table part_2a partition of part_2 for values from (0) to (1000)")
    from tests.django_site.records.models import Slot

    before = Slot._meta.db_table
    try:
        Slot._meta.db_table = "parts"
        Slot.objects.bulk_create(Slot(room=room, hour=hour) for room in range(20) for hour in range(50))
        assert count_rows(Slot.objects.all(), mode="estimate") == RowCount(1_000, "exact")
        with connection.cursor() as cursor:
            cursor.execute("analyze parts")
        assert count_rows(Slot.objects.all(), mode="estimate") == RowCount(1_000, "estimate")
    finally:
        Slot._meta.db_table = before
        with connection.cursor() as cursor:
            cursor.execute("drop table parts")
