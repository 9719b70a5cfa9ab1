"""COPYs that a server runs, and waiting for them to begin and to end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.django_site.servers import Servers

PATIENCE = 30.0


def copies_running(servers: Servers) -> int:
    with psycopg.connect(servers.database_url()) as other:
        found = other.execute(
            "select count(*) from pg_stat_activity where query ilike 'copy %' and state <> 'idle'"
        ).fetchone()
    assert found is not None
    return int(found[0])


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
