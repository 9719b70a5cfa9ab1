"""Waiting for the commit: what is sent inside a transaction is sent after it, and never when it is rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connections, transaction

if TYPE_CHECKING:
    from collections.abc import Callable


def open_transactions(using: str | None = None) -> tuple[str, ...]:
    """Aliases of the databases that this thread has a transaction open on; only `using`, if given.

    With several databases a task may need what each of them is about to commit: it waits for all.
    """
    if using is not None:
        return (using,) if connections[using].in_atomic_block else ()
    return tuple(one.alias for one in connections.all(initialized_only=True) if one.in_atomic_block)


def after_commit(act: Callable[[], object], aliases: tuple[str, ...]) -> None:
    """Call `act` when every one of `aliases` has committed; never, when one of them rolls back.

    An error of `act` is logged by Django (`django.db.backends.base`) and stops no other callback: the data is
    committed, and the caller can no longer be told.
    """
    if not aliases:
        act()
        return
    first, *others = aliases

    def wait_for_others() -> None:  # no partial: Django 5.2 logs a hook that failed by its __qualname__
        after_commit(act, tuple(others))

    transaction.on_commit(wait_for_others, using=first, robust=True)
