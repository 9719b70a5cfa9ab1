"""Optimistic locking where many write one row at once: no update is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError, connections, transaction
from psycopg import IsolationLevel

from django_tenfold.db.changed_fields import StaleRowError
from tests.django_site.databases import databases
from tests.django_site.goods.models import Guarded, GuardedChild

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]
WRITERS, TURNS = 6, 15


@pytest.mark.parametrize("level", [IsolationLevel.READ_COMMITTED, IsolationLevel.SERIALIZABLE])
@pytest.mark.parametrize("model", [Guarded, GuardedChild])
def test_writers_of_one_row_lose_no_update(
    level: IsolationLevel, model: type[Guarded], postgres_database: Servers
) -> None:
    pk = model.objects.create(name="0").pk

    def add_one() -> bool:
        try:
            with transaction.atomic():
                row = model.objects.get(pk=pk)
                row.name = str(int(row.name) + 1)
                row.save()
        except StaleRowError:
            return False
        except OperationalError as problem:
            if getattr(problem.__cause__, "sqlstate", "") != "40001":  # SERIALIZABLE says so itself
                raise
            return False
        return True

    def write(_: int) -> int:
        """How often another one was first."""
        try:
            done = tries = 0
            while done < TURNS:
                done += add_one()
                tries += 1
            return tries - done
        finally:
            connections.close_all()

    entry = postgres_database.database_entry(OPTIONS={"isolation_level": int(level)})
    with databases({"default": entry}), ThreadPoolExecutor(WRITERS) as pool:
        beaten = sum(pool.map(write, range(WRITERS)))
        row = model.objects.get()
    assert (row.name, row.version) == (str(WRITERS * TURNS), WRITERS * TURNS)
    assert beaten > 0, "they met each other"
