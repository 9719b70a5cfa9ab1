"""Counts name their method; where no statistics are they are exact or capped."""

from __future__ import annotations

import random

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_tenfold.api.counts import CountingPaginator, RowCount, acount_rows, count_rows
from tests.django_site.records.models import Record
from tests.django_tenfold.api.keyset_data import fill

pytestmark = pytest.mark.usefixtures("sqlite_database")


def test_a_count_reads_as_what_it_is() -> None:
    assert str(RowCount(10_000, "capped")) == "10,000+"
    assert str(RowCount(1_234, "estimate")) == "about 1,234"
    assert str(RowCount(1_234, "exact")) == "1,234"
    assert int(RowCount(7, "exact")) == 7


def test_a_cap_stops_the_count_and_says_so() -> None:
    fill(random.Random(1), 12)
    rows = Record.objects.order_by("title")
    assert count_rows(rows, mode="capped", cap=10) == RowCount(10, "capped")
    assert count_rows(rows, mode="capped", cap=12) == RowCount(12, "exact")
    assert count_rows(rows[3:], mode="capped", cap=5) == RowCount(5, "capped")
    assert count_rows(rows, mode="exact", cap=1) == RowCount(12, "exact")
    with CaptureQueriesContext(connection) as asked:
        count_rows(rows, cap=10)
    assert "LIMIT 11" in asked[0]["sql"]
    assert "ORDER BY" not in asked[0]["sql"]


def test_without_statistics_an_estimate_is_an_exact_count_and_auto_is_capped() -> None:
    fill(random.Random(1), 12)
    assert count_rows(Record.objects.all(), mode="estimate", cap=1) == RowCount(12, "exact")
    assert count_rows(Record.objects.all(), mode="auto", cap=5) == RowCount(5, "capped")
    assert async_to_sync(acount_rows)(Record.objects.all()) == RowCount(12, "exact")
    assert count_rows(Record.objects.none()) == RowCount(0, "exact")


def test_an_unknown_mode_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="exact, capped, estimate, auto, not 'fast'"):
        count_rows(Record.objects.all(), mode="fast")


def test_a_paginator_tells_how_it_counted() -> None:
    fill(random.Random(1), 12)

    class Capped(CountingPaginator):
        mode, cap = "capped", 10

    paginator = Capped(Record.objects.order_by("pk"), 4)
    assert (paginator.count, paginator.num_pages, str(paginator.row_count)) == (10, 3, "10+")
    assert len(paginator.page(3)) == 2
    assert CountingPaginator([1, 2, 3], 2).row_count == RowCount(3, "exact")
