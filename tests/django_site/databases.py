"""Points Django at other databases while it runs: the settings are made once, servers come and go."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def databases(entries: dict[str, dict[str, Any]]) -> Iterator[None]:
    """Within, every alias of `entries` is what Django connects to, in new threads too."""
    before = connections.settings
    _forget_connections()
    connections.settings = connections.configure_settings(entries)
    try:
        yield
    finally:
        _forget_connections()
        connections.settings = before


def make_tables() -> None:
    """Every table of every installed application, those without migrations too."""
    call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)


def empty_tables() -> None:
    for alias in connections.settings:
        if not connections.settings[alias].get("TEST", {}).get("MIRROR"):
            call_command("flush", verbosity=0, interactive=False, database=alias)


def _forget_connections() -> None:
    """Those of this thread, and of the one in which coroutines call what is not one: it outlives every test."""
    _forget_own_connections()
    asyncio.run(sync_to_async(_forget_own_connections)())


def _forget_own_connections() -> None:
    for alias in connections.settings:
        if hasattr(connections._connections, alias):
            connections[alias].close()
            del connections[alias]
