"""What a migrate does for indexes that were never built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings

from django_tenfold.search.index import shape_of
from django_tenfold.search.live_generation import NotBuiltError, find_live
from django_tenfold.search.migrating import follow_migrations
from django_tenfold.search.rebuilding import remove_index
from django_tenfold.search.searching import search
from django_tenfold.search.updating import update_indexes
from tests.django_site.articles.models import Article
from tests.django_site.articles.search import ArticleIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTING = {"indexes": ["tests.django_site.articles.search.ArticleIndex"]}


@pytest.fixture(autouse=True)
def declared(sqlite_database: None) -> Iterator[None]:
    with override_settings(TENFOLD_SEARCH=SETTING):
        remove_index(ArticleIndex)
        yield
        remove_index(ArticleIndex)


def is_built() -> bool:
    try:
        return find_live(shape_of(ArticleIndex), using="default") > 0
    except NotBuiltError:
        return False


def test_a_new_site_is_searched_once_it_is_migrated() -> None:
    call_command("migrate", verbosity=0)
    Article.objects.create(title="A lantern")
    assert update_indexes() == 1
    assert search(ArticleIndex, "lantern").total.number == 1


def test_rows_that_are_there_already_wait_for_a_rebuild() -> None:
    Article.objects.create(title="A lantern")
    call_command("migrate", verbosity=0)
    assert not is_built()


def test_a_migration_that_takes_a_table_away_is_not_held_up() -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("alter table articles_maker rename to articles_gone")
    try:
        follow_migrations(using="default")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("alter table articles_gone rename to articles_maker")
    assert is_built()


def test_a_transaction_is_no_place_to_build_in() -> None:
    with transaction.atomic():
        follow_migrations(using="default")
    assert not is_built()
