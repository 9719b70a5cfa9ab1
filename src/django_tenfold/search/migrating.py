"""What a migrate does for indexes: the first build of one without rows, and the triggers that it took away."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import connections, router

from django_tenfold.search.engine.errors import EngineDownError
from django_tenfold.search.feeding import install_feed
from django_tenfold.search.index import list_indexes, shape_of
from django_tenfold.search.models import SearchGeneration
from django_tenfold.search.rebuilding import rebuild_index

if TYPE_CHECKING:
    from django_tenfold.search.index import Shape

log = logging.getLogger("django_tenfold.search")


def follow_migrations(*, using: str, **_: Any) -> None:
    """After each migrate. An index of a table that has no rows is built: a new site is searched from its first hour.

    A migration of SQLite makes a table anew, without its triggers, and a declaration may have changed: those of indexes
    that are built are put in place again. An index of rows that are there already waits for `search_index rebuild`.
    """
    tables = {*connections[using].introspection.table_names()}
    if SearchGeneration._meta.db_table not in tables:
        return
    built = {*SearchGeneration.objects.using(using).values_list("index", flat=True)}
    for index in list_indexes():
        shape = shape_of(index)
        if not router.allow_migrate_model(using, shape.model):
            continue
        if not {hop.model._meta.db_table for hop in shape.hops} <= tables:
            continue
        if shape.name in built:
            install_feed(shape, using=using)
        elif _is_empty(shape, using):
            try:
                rebuild_index(index, using=using)
            except EngineDownError as error:  # a deployment does not wait for the search engine
                log.warning("%s is not built, run manage.py search_index rebuild: %s", shape.name, error)


def _is_empty(shape: Shape, using: str) -> bool:
    return not (connections[using].in_atomic_block or shape.model._base_manager.using(using).exists())
