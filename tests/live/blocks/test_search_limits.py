"""Search on a real PostgreSQL at its limits: long values, large numbers, little time, TRUNCATE."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from django.db.models import Q
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_tenfold.search.models import SearchChange, SearchGeneration
from django_tenfold.search.rebuilding import rebuild_index, remove_index
from django_tenfold.search.searching import search
from django_tenfold.search.updating import update_index
from django_tenfold.search.verifying import repair_index, verify_index
from tests.django_site.articles.models import Article
from tests.django_tenfold.search.contract_declaring import declare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_tenfold.search.rebuilding import Filled
    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live


@pytest.fixture(autouse=True)
def _small_batches(postgres_database: Servers) -> Iterator[None]:
    with override_settings(TENFOLD_SEARCH={"batch_rows": 2}):
        yield
        remove_index(declare())


def test_a_facet_too_long_for_its_index_is_parked_by_a_rebuild_too() -> None:
    index = declare(facets=["slogan"])
    long = "".join(chr(0x4E00 + number * 7) for number in range(2_000))
    Article.objects.bulk_create([Article(title="Lamp"), Article(title="Long lamp", slogan=long)])
    rebuild_index(index)
    assert search(index, "lamp").total.number == 1
    update_index(index)
    (parked,) = SearchChange.objects.all()
    assert "A facet has more than 2,600 bytes" in parked.reason
    fits = "x" * 2_600
    Article.objects.filter(title="Long lamp").update(slogan=fits)
    update_index(index)
    assert search(index, "lamp", filters={"slogan": fits}).total.number == 1
    assert not verify_index(index)


def test_facets_of_large_decimals_are_exact() -> None:
    index = declare(facets=["mass"])
    mass = Decimal("1234567890123456.78")
    Article.objects.create(title="Lamp", mass=mass)
    rebuild_index(index)
    assert [one.value for one in search(index, "lamp").facets["mass"]] == [mass]
    assert search(index, "lamp", filters={"mass": str(mass)}).total.number == 1


def test_a_rebuild_is_not_cut_off_by_the_time_limit_of_requests() -> None:
    Article.objects.bulk_create(Article(title=f"Lamp {number}") for number in range(5))
    with CaptureQueriesContext(connection) as captured:
        rebuild_index(declare())
    statements = [one["sql"] for one in captured]
    build = next(at for at, sql in enumerate(statements) if "using gin (tsv)" in sql)
    assert "set local statement_timeout = 0" in statements[build - 1]


def test_typos_are_corrected_where_trigrams_stand_in_a_schema_of_their_own() -> None:
    Article.objects.create(title="Battery")
    rebuild_index(declare())
    with connection.cursor() as cursor:
        cursor.execute("create schema extensions")
        cursor.execute("drop extension pg_trgm cascade")
        cursor.execute("create extension pg_trgm schema extensions")
    try:
        assert search(declare(), "batery").words == "battery"
        rebuild_index(declare())
        assert search(declare(), "batery").words == "battery"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop schema extensions cascade")


def test_the_words_of_a_change_are_taken_from_its_documents_alone() -> None:
    """Not from a scan of all of them for each batch."""
    Article.objects.bulk_create(Article(title=f"Lamp {number}") for number in range(3_000))
    with override_settings(TENFOLD_SEARCH={"batch_rows": 5_000}):
        rebuild_index(declare())
    Article.objects.create(title="Chronometer")
    with CaptureQueriesContext(connection) as captured:
        update_index(declare())
    (sql,) = (one["sql"] for one in captured if "lexeme" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"explain {sql}")
        plan = str(cursor.fetchall())
    assert "_pkey" in plan
    assert "Seq Scan" not in plan


def test_rebuilds_that_begin_at_once_build_one_generation_together() -> None:
    Article.objects.bulk_create(Article(title=f"Lamp {number}") for number in range(40))

    def rebuild(_: int) -> int:
        try:
            return rebuild_index(declare()).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        for turn in range(1, 4):
            numbers = [*pool.map(rebuild, range(3), timeout=60)]
            assert min(numbers) >= turn
    assert search(declare(), "lamp").total.number == 40
    assert not verify_index(declare())
    states = SearchGeneration.objects.order_by("number").values_list("state", flat=True)
    assert [*states] == ["retired", "live"]


def test_what_a_truncate_left_behind_is_late_and_not_wrong() -> None:
    Article.objects.create(title="Lamp")
    rebuild_index(declare())
    with connection.cursor() as cursor:
        cursor.execute("truncate articles_article")
    assert not verify_index(declare())
    assert not repair_index(declare())
    assert search(declare(), "lamp").total.number == 0


def test_a_truncate_amid_a_rebuild_reaches_both_generations() -> None:
    before, after = declare(where=Q(published=True)), declare()
    truncate = "truncate articles_article"

    def empty(filled: Filled) -> None:
        with connection.cursor() as cursor:
            cursor.execute(truncate)
        update_index(index)

    for index in (
        before,
        after,
    ):  # the first has no live generation yet, the second finds more than the one before
        Article.objects.bulk_create(Article(title="Lamp", published=at % 2 == 0) for at in range(4))
        rebuild_index(index, progress=empty)
        update_index(index)
        assert search(index, "lamp").total.number == 0
        assert not verify_index(index)
