"""Hot rows by their keys, never older than the last commit that changed them.

    product = get_cached(Product, 5)
    products = get_many_cached(Product, [5, 6, 7])      # {5: <Product>, ...}

An instance is made anew each time from the stored columns, as if it came from the database that is written to:
changing it changes nothing in the cache, saving it goes where writes go. Rows that do not exist are not kept.
"""

from __future__ import annotations

import random
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

from asgiref.sync import sync_to_async
from django.db import router
from django.db.models import Model

from django_tenfold.cache import entries
from django_tenfold.cache.cache_metrics import HIT, MISS, count_lookup
from django_tenfold.cache.flights import Made, Wanted, report_large
from django_tenfold.cache.settings import options
from django_tenfold.cache.tags.store import (
    CLOCK,
    ENSURE,
    READ,
    VERSIONS_LAST,
    StoreGoneError,
    get_store,
    name_key,
)
from django_tenfold.cache.tags.store import make_token as make_random
from django_tenfold.cache.tags.tagged import add_names, add_tags, name_row_tags
from django_tenfold.cache.transactions import may_keep, writes_here
from django_tenfold.cache.values import arun_steps, run_steps
from django_tenfold.cache.writes import require_watched

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = TypeVar("Row", bound=Model)
SECONDS = 3600.0
"""A change takes a row back; its age alone is no reason to read it again soon."""


def get_cached(model: type[Row], pk: Any, *, seconds: float = SECONDS) -> Row:
    """The row, from the cache or the database that is written to. Raises `model.DoesNotExist`."""
    require_watched([model])
    wanted, alias = _prepare(model, pk, seconds)

    def read() -> Made:
        values = _select(model, alias).filter(pk=pk).first()
        return Made(values, kept=values is not None and may_keep())

    return _rebuild(model, alias, run_steps(wanted, read), pk)


async def aget_cached(model: type[Row], pk: Any, *, seconds: float = SECONDS) -> Row:
    """As `get_cached`. Raises `model.DoesNotExist`."""
    require_watched([model])
    wanted, alias = _prepare(model, pk, seconds)

    async def read() -> Made:
        values = await _select(model, alias).filter(pk=pk).afirst()
        return Made(values, kept=values is not None)

    return _rebuild(model, alias, await arun_steps(wanted, read), pk)


def get_many_cached(model: type[Row], pks: Iterable[Any], *, seconds: float = SECONDS) -> dict[Any, Row]:
    """Those rows that exist, by the keys as they were given; one question to the cache, one query for the rest."""
    require_watched([model])
    alias = router.db_for_write(model)
    wanted = {pk: _prepare(model, pk, seconds)[0] for pk in pks}
    for one in wanted.values():
        add_names(one.tags)  # a page or value that is being computed shows these rows
    if not wanted:
        return {}
    if writes_here():
        return _rebuild_all(model, alias, _read_rows(model, alias, wanted))
    try:
        found, missing, fence = _look_many(wanted)
    except StoreGoneError:
        return _rebuild_all(model, alias, _read_rows(model, alias, wanted))
    if missing:
        rows = _read_rows(model, alias, missing)
        if len(rows) < len(missing):
            add_tags(model)  # what says that a row does not exist is wrong once it does
        found.update(rows)
        if fence is not None and may_keep():
            _keep_many({wanted[pk]: values for pk, values in rows.items()}, *fence, seconds=seconds)
    return _rebuild_all(model, alias, {pk: found[pk] for pk in wanted if pk in found})


aget_many_cached = sync_to_async(get_many_cached)
"""As `get_many_cached`, in a thread."""


def _prepare(model: Any, pk: Any, seconds: float) -> tuple[Wanted, str]:
    tags = name_row_tags(model, model._meta.pk.to_python(pk))
    return Wanted(
        f"tenfold.row.{_fingerprint(model)}.{tags[0]}", tuple(tags), seconds, 0
    ), router.db_for_write(model)


@lru_cache(maxsize=1024)
def _columns(model: Any) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


@lru_cache(maxsize=1024)
def _fingerprint(model: Any) -> str:
    """Two releases whose models differ do not read each other's rows."""
    told = [model._meta.label, *((one.attname, type(one).__name__) for one in model._meta.concrete_fields)]
    return f"{crc32(repr(told).encode()):08x}"


def _select(model: Any, alias: str) -> Any:
    return model._default_manager.using(alias).order_by().values_list(*_columns(model))


def _rebuild(model: Any, alias: str, values: tuple[Any, ...] | None, pk: Any) -> Any:
    if values is None:
        add_tags(model)  # what says that it does not exist is wrong once it does
        raise model.DoesNotExist(f"{model._meta.object_name} matching query does not exist: {pk!r}.")
    return model.from_db(alias, _columns(model), values)


def _rebuild_all(model: Any, alias: str, rows: dict[Any, tuple[Any, ...]]) -> dict[Any, Any]:
    columns = _columns(model)
    return {pk: model.from_db(alias, columns, values) for pk, values in rows.items()}


def _read_rows(model: Any, alias: str, pks: Iterable[Any]) -> dict[Any, tuple[Any, ...]]:
    asked: dict[Any, list[Any]] = {}
    for pk in pks:
        asked.setdefault(model._meta.pk.to_python(pk), []).append(pk)
    columns = _columns(model)
    places = [columns.index(field.attname) for field in model._meta.pk_fields]
    rows = {}
    for values in _select(model, alias).filter(pk__in=[*asked]):
        key = tuple(values[place] for place in places)
        for pk in asked[key if len(places) > 1 else key[0]]:
            rows[pk] = values
    return rows


def _look_many(
    wanted: dict[Any, Wanted],
) -> tuple[dict[Any, Any], list[Any], tuple[bytes, dict[str, bytes]] | None]:
    """What is there, what is not, and the fence for that: the clock and the versions before it is read."""
    tags = [*dict.fromkeys(tag for one in wanted.values() for tag in one.tags)]
    asked = (CLOCK, *tags, *(one.key for one in wanted.values()))
    clock, *told = get_store().ask(READ, tuple(map(name_key, asked)))
    versions = dict(zip(tags, told, strict=False))
    found, missing, now = {}, [], time.time()
    for pk, text in zip(wanted, told[len(tags) :], strict=True):
        entry = entries.unpack(text)
        if (
            entry is not None
            and now < entry.soft
            and entries.is_valid(entry, clock, versions)
            and entry.value
        ):
            found[pk] = entry.value
            count_lookup(HIT)
        else:
            missing.append(pk)
            count_lookup(MISS)
    if not missing:
        return found, missing, None
    needed = [*dict.fromkeys(tag for pk in missing for tag in wanted[pk].tags)]
    clock, *told = get_store().ask(
        ENSURE, tuple(map(name_key, (CLOCK, *needed))), make_random(), VERSIONS_LAST
    )
    return found, missing, (clock, dict(zip(needed, told, strict=True)))


def _keep_many(
    rows: dict[Wanted, tuple[Any, ...]], clock: bytes, versions: dict[str, bytes], *, seconds: float
) -> None:
    lasts = seconds * (1 - random.random() * options().jitter)
    incarnation = entries.read_incarnation(clock) or b""
    packed = {}
    for wanted, values in rows.items():
        of = {tag: versions[tag] for tag in wanted.tags}
        if not any(map(entries.is_closed, of.values())):
            entry = entries.Entry(entries.KEEP, incarnation, of, time.time() + lasts, values)
            text = entries.pack(entry)
            if len(text) <= entries.MOST_BYTES:
                packed[name_key(wanted.key)] = text
            else:
                report_large(wanted.key, len(text) // 2**20)
    if packed:
        try:
            get_store().write_many(packed, max(1, int(lasts * 1000)))
        except StoreGoneError:
            return  # counted and logged by the breaker; the rows are there
