from __future__ import annotations

import pytest

from tenfold.errors import TopologyError
from tenfold.topology.connections import RESERVED, total
from tenfold.topology.model import Work
from tests.topology.machines import make_machine, sized

ASGI = Work(interface="asgi", server="uvicorn", tasks=True)


def kept(work: Work) -> object:
    return sized(work=work).database.connections.value


def test_one_thread_a_process_keeps_its_connection() -> None:
    made = sized(work=Work(server="gunicorn"), threads=1)
    assert made.database.connections.value == "persistent"


def test_threads_keep_a_connection_each_unless_a_pool_is_asked_for() -> None:
    assert kept(Work(server="granian")) == "persistent"
    assert kept(Work(server="granian", pool_wished=True)) == "pool"
    assert kept(Work(waits=True, pool=False, pool_wished=True)) == "persistent"


def test_an_event_loop_never_keeps_connections_of_its_own() -> None:
    assert kept(ASGI) == "pool"
    assert kept(Work(interface="asgi", server="uvicorn", pool=False)) == "none"


def test_a_pooler_goes_before_pool_and_persistence() -> None:
    assert kept(Work(pooler=True)) == "pgbouncer"
    assert kept(Work(interface="asgi", server="uvicorn", pooler=True)) == "pgbouncer"


def test_everything_that_opens_connections_is_in_the_sum() -> None:
    made = sized()
    assert {opener.name: opener.connections for opener in made.openers} == {
        "app-1": 8,
        "app-2": 8,
        "an instance while it is replaced": 8,
        "worker": 4,
        "scheduler": 1,
    }
    assert "= 42" in made.database.max_connections.reason


def test_a_process_that_follows_changes_has_one_connection_more() -> None:
    made = {opener.name: opener.connections for opener in sized(work=Work(follows=True)).openers}
    assert made["followers of users and sessions"] == 3 * sized().app.workers.whole


def test_without_periodic_tasks_no_scheduler_is_counted() -> None:
    names = {opener.name for opener in sized(work=Work(tasks=True, scheduled=False)).openers}
    assert "scheduler" not in names
    assert "worker" in names


def test_each_database_gets_connections_of_its_own() -> None:
    assert total(sized(work=Work(databases=3)).openers) == 3 * total(sized(work=Work()).openers)


def test_a_project_without_a_database_opens_no_connections() -> None:
    assert total(sized(work=Work(databases=0, tasks=True)).openers) == 0


def test_postgres_keeps_its_default_where_the_sum_fits_it() -> None:
    assert sized().database.max_connections.value == 100


def test_more_processes_raise_what_postgres_admits_to_the_sum() -> None:
    made = sized(make_machine(64, gibibytes=256), Work(tasks=True, waits=True))
    assert made.database.max_connections.whole == total(made.openers) + RESERVED > 100


def test_a_wish_below_the_sum_is_refused_with_the_sum_printed() -> None:
    with pytest.raises(TopologyError) as caught:
        sized(max_connections=20)
    text = str(caught.value)
    assert "42 connections do not fit the 20" in text
    assert "  worker: 4 processes x 1 thread = 4\n" in text
    assert "sum: 42" in text
    assert "Set max-connections to 42 or more in [tool.tenfold.up]" in text
    assert 'pooler = "pgbouncer"' in text


def test_a_wish_that_equals_the_sum_fits() -> None:
    assert sized(max_connections=42).database.max_connections.value == 42


def test_the_pool_of_an_event_loop_shrinks_to_a_wished_limit() -> None:
    assert sized(work=ASGI).database.pool_max.value == 10
    made = sized(work=ASGI, max_connections=60)
    assert made.database.pool_max.value == 7
    assert total(made.openers) + RESERVED <= 60


def test_the_pooler_bounds_what_postgres_sees() -> None:
    many = sized(make_machine(4, gibibytes=64), Work(waits=True, pooler=True), workers=40)
    (opener,) = many.openers
    assert opener.name == "pooler"
    assert many.database.pooler_pool.value == 16
    assert opener.connections == 16 + many.database.pooler_reserve.whole
    assert many.database.pooler_clients.whole >= 40 * 8


def test_tasks_go_past_the_pooler_and_count_for_themselves() -> None:
    made = sized(make_machine(4, gibibytes=64), Work(tasks=True, pooler=True))
    assert [opener.name for opener in made.openers] == ["pooler", "worker", "scheduler"]


def test_the_pooler_asks_for_no_more_than_there_are_clients() -> None:
    assert (
        sized(make_machine(16, gibibytes=64), Work(pooler=True), workers=2).database.pooler_pool.value == 12
    )


def test_the_pooler_fits_a_wished_limit() -> None:
    made = sized(work=Work(waits=True, pooler=True, databases=2), max_connections=30)
    assert total(made.openers) + RESERVED <= 30


def test_waiting_for_the_pool_ends_within_the_request() -> None:
    made = sized(timeout=6)
    assert made.database.pool_timeout.seconds < made.timeouts.app.seconds
