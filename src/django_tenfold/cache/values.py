"""Computed values: kept with the tags of what they show, computed once however many ask.

    top = get_or_compute("top-products", find_top, tags=[Product], seconds=300, stale=60)
    top = await aget_or_compute("top-products", afind_top, tags=[Product], seconds=300, stale=60)

A change of what the tags stand for takes the value back with its commit; age alone never shows what a change
made wrong. Values are pickled: lists and dictionaries rather than querysets and model instances.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeVar

from django_tenfold.cache.cache_metrics import PASSED, count_lookup
from django_tenfold.cache.flights import Ask, Made, Pause, Wanted, look_up
from django_tenfold.cache.tags.store import StoreGoneError, get_store, name_key
from django_tenfold.cache.tags.tagged import add_names, collect_tags, name_tags
from django_tenfold.cache.transactions import may_keep, writes_here
from django_tenfold.cache.writes import require_watched

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from django_tenfold.cache.entries import Entry
    from django_tenfold.cache.tags.tagged import Tagged

Value = TypeVar("Value")


def get_or_compute(
    key: str,
    make: Callable[[], Value],
    *,
    tags: Iterable[Tagged] = (),
    seconds: float = 300,
    stale: float = 0,
) -> Value:
    """The value of `key`, from the cache or from `make()`, which may name further tags with `add_tags`.

    It is served as it is for `seconds`; for `stale` more it is served while one caller makes it anew. In a
    transaction that has written, `make()` is asked: nobody else may see that yet. Errors of `make` are the
    caller's; a cache that is gone costs none.
    """
    wanted = prepare(key, tags, seconds=seconds, stale=stale)
    return run_steps(wanted, lambda: make_tagged(make))


async def aget_or_compute(
    key: str,
    make: Callable[[], Awaitable[Value]],
    *,
    tags: Iterable[Tagged] = (),
    seconds: float = 300,
    stale: float = 0,
) -> Value:
    """As `get_or_compute`, without a thread on Redis and Valkey. Transactions are not looked at: Django has none
    in coroutines."""
    wanted = prepare(key, tags, seconds=seconds, stale=stale)

    async def make_tagged_async() -> Made:
        with collect_tags() as further:
            value = await make()
        return Made(value, frozenset(further))

    return await arun_steps(wanted, make_tagged_async)


def prepare(key: str, tags: Iterable[Tagged], *, seconds: float, stale: float) -> Wanted:
    """Raises ImproperlyConfigured for a tag of a model that is not watched."""
    of = tuple(tags)
    require_watched(of)
    return Wanted(f"tenfold.{key}", name_tags(of), seconds, stale)


def make_tagged(make: Callable[[], Any]) -> Made:
    with collect_tags() as further:
        value = make()
    return Made(value, frozenset(further), may_keep())


def run_steps(wanted: Wanted, make: Callable[[], Made], note: Callable[[Entry], None] | None = None) -> Any:
    """Carry a look-up out with this thread."""
    if writes_here():
        count_lookup(PASSED)
        add_names(wanted.tags)
        return make().value
    store, steps = get_store(), look_up(wanted, note)
    answer: Any = None
    act = steps.send
    while True:
        try:
            step = act(answer)
        except StopIteration as done:
            return done.value
        act = steps.send
        try:
            if isinstance(step, Ask):
                answer = store.ask(step.name, step.keys, *step.args)
            elif isinstance(step, Pause):
                time.sleep(step.seconds)
            else:
                answer = make()
        except BaseException as error:  # the steps let go of their lock, and raise it again
            answer, act = error, steps.throw


async def arun_steps(
    wanted: Wanted, make: Callable[[], Awaitable[Made]], note: Callable[[Entry], None] | None = None
) -> Any:
    """Carry a look-up out in the running event loop."""
    store, steps = get_store(), look_up(wanted, note)
    answer: Any = None
    act = steps.send
    while True:
        try:
            step = act(answer)
        except StopIteration as done:
            return done.value
        act = steps.send
        try:
            if isinstance(step, Ask):
                answer = await store.aask(step.name, step.keys, *step.args)
            elif isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            else:
                answer = await make()
        except BaseException as error:  # the steps let go of their lock, and raise it again
            answer, act = error, steps.throw


def forget(key: str) -> None:
    """Drop one computed value; for what tags say, use `purge`. A cache that is gone is not an error."""
    try:
        get_store().ask("drop", (name_key(f"tenfold.{key}"),))
    except StoreGoneError:
        return  # counted and logged by the breaker; what it held ends by its age
