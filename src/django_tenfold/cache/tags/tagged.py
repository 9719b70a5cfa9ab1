"""Tags: what a cached thing shows, and taking back everything that shows it.

    product_tag = name_tag(product)        # "shop.product:5", that row
    all_tag = name_tag(Product)            # "shop.product", any row: for lists
    purge("prices", product)               # what shows either is made anew

Changes of watched models purge by themselves; `purge` is for all else. Inside a transaction it takes effect
with the commit, and until then nothing that shows the tags is served from the cache.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.exceptions import ValidationError
from django.db import connections, router
from django.db.models import Model
from django.dispatch import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Tagged: TypeAlias = "str | Model | type[Model]"
ANY = "*"
"""In place of a key: rows that a change did not name."""

tags_purged = Signal()
"""Sent after tags were taken back, with `tags` (a tuple of str): to purge a CDN by its API."""

_collected: ContextVar[set[str] | None] = ContextVar("tenfold_cache_tags", default=None)


def name_tag(of: Tagged) -> str:
    """Text stands for itself, a model for any of its rows, an instance for its row."""
    if isinstance(of, str):
        return of
    if isinstance(of, Model):
        return name_row_tag(of.__class__, of.pk)
    return str(of._meta.concrete_model._meta.label_lower)


def name_row_tag(model: Any, pk: object) -> str:
    """`pk` may be as Python has it, as an address or as a statement's parameter has it: all give the same."""
    meta = model._meta.concrete_model._meta
    if pk is not ANY and not isinstance(pk, int | tuple):
        with suppress(ValidationError):  # it names no row then, and stands as it is
            pk = meta.pk.to_python(pk)
        if not isinstance(pk, int | str | None):  # SQLite and MySQL keep UUIDs as text without dashes
            pk = meta.pk.get_db_prep_value(pk, connections[router.db_for_write(model)])
    return f"{meta.label_lower}:{pk}"


def name_tags(of: Iterable[Tagged]) -> tuple[str, ...]:
    """Those of rows with the tag of changes that name no row (`update()`, raw SQL), and with their parents'."""
    named: dict[str, None] = {}
    for one in of:
        if isinstance(one, Model):
            named.update(dict.fromkeys(name_row_tags(one.__class__, one.pk)))
        else:
            named[name_tag(one)] = None
    return tuple(named)


def name_changed(of: Iterable[Tagged]) -> tuple[str, ...]:
    """What a change of these takes back: an instance its row and lists, a model lists and all rows."""
    named: dict[str, None] = {}
    for one in of:
        if isinstance(one, str):
            named[one] = None
            continue
        pk = one.pk if isinstance(one, Model) else ANY
        meta = one._meta.concrete_model._meta
        for model in (meta.concrete_model, *meta.all_parents):
            named.update(dict.fromkeys((name_tag(model), name_row_tag(model, pk))))
    return tuple(named)


def name_row_tags(model: Any, pk: object) -> list[str]:
    """All that a change of the row may be known by: a child has a row in each parent's table too."""
    meta = model._meta.concrete_model._meta
    tags = []
    for one in (meta.concrete_model, *meta.all_parents):
        tags += [name_row_tag(one, pk), name_row_tag(one, ANY)]
    return tags


def add_tags(*of: Tagged) -> None:
    """What is being computed shows these too: known only now, while it is made. Outside it does nothing.

    Such a tag counts as unchanged only if its last change is older than the start of the computation; the
    first time it is met nothing is known of it, and the second computation is the one that is kept.
    """
    collected = _collected.get()
    if collected is not None:
        collected.update(name_tags(of))


def add_names(names: Iterable[str]) -> None:
    """As `add_tags`, of tags by their names: those of an entry that is part of what is being computed."""
    collected = _collected.get()
    if collected is not None:
        collected.update(names)


@contextmanager
def collect_tags() -> Iterator[set[str]]:
    """Tags added within; those of an inner computation are those of the outer one too."""
    outer = _collected.get()
    collected: set[str] = set()
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)
        if outer is not None:
            outer.update(collected)
