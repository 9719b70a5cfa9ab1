from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.errors import TopologyError
from tenfold.topology.connections import RESERVED, total
from tenfold.topology.ladder import list_steps
from tenfold.topology.memory import explain_shares, needed_memory
from tenfold.topology.model import Machine, Wishes, Work
from tenfold.topology.open_files import needed_files
from tenfold.topology.sizing import size
from tenfold.topology.timeouts import inversions
from tests.topology.machines import make_machine, sized

if TYPE_CHECKING:
    from tenfold.topology.model import Topology

MIB = 1024**2
machines = st.builds(
    Machine,
    cores=st.integers(1, 128),
    memory=st.one_of(st.integers(256, 1024 * 1024), st.integers(256, 16_384), st.integers(8192, 262_144)).map(
        lambda mebibytes: mebibytes * MIB
    ),
    open_files=st.one_of(st.integers(256, 1_000_000), st.integers(256, 4096)),
)
works = st.builds(
    Work,
    interface=st.sampled_from(["wsgi", "asgi"]),
    server=st.sampled_from(["gunicorn", "granian", "uvicorn"]),
    waits=st.booleans(),
    tasks=st.booleans(),
    databases=st.integers(0, 4),
    pool=st.booleans(),
    pooler=st.booleans(),
    replicas=st.integers(0, 3),
    scheduled=st.booleans(),
    broker=st.sampled_from(["valkey", "rabbitmq"]),
    services=st.sampled_from([(), ("mail",), ("mail", "varnish", "storage", "metrics", "dashboard")]),
    longest_countdown=st.floats(0, 1e6),
)
common = st.builds(
    Work,
    server=st.sampled_from(["gunicorn", "granian"]),
    waits=st.booleans(),
    tasks=st.booleans(),
    pooler=st.booleans(),
    replicas=st.integers(0, 1),
)
wished = st.builds(
    Wishes,
    workers=st.none() | st.integers(1, 16) | st.integers(-1, 300),
    threads=st.none() | st.integers(1, 8) | st.integers(-1, 64),
    worker_concurrency=st.none() | st.integers(1, 16) | st.integers(-1, 300),
    max_connections=st.none() | st.integers(14, 200) | st.integers(-1, 5000),
    timeout=st.none() | st.floats(6, 1000) | st.floats(-1, 1e9),
    memory=st.none() | st.integers(0, 64 * 1024).map(lambda mebibytes: mebibytes * MIB),
)


def size_or_refuse(machine: Machine, work: Work, wishes: Wishes) -> Topology | TopologyError:
    try:
        return size(machine, work, wishes)
    except TopologyError as error:
        return error


def check_invariants(made: Topology, wishes: Wishes) -> None:
    machine, edge, app, database, tasks = made.machine, made.edge, made.app, made.database, made.tasks
    assert total(made.openers) + RESERVED <= database.max_connections.whole
    assert needed_memory(made) <= made.memory_budget.whole <= machine.memory // MIB
    assert needed_files(edge.connections.whole) <= edge.open_files.whole <= machine.open_files
    assert made.cache.max_clients.whole < machine.open_files
    steps = list_steps(made.timeouts)
    assert not list(inversions(steps))
    assert not list(inversions([type(step)(step.name, int(step.seconds)) for step in steps]))
    assert steps[-1].seconds >= 1
    assert tasks.soft_time_limit.whole < tasks.time_limit.whole < tasks.visibility_timeout.whole
    assert made.work.longest_countdown < tasks.visibility_timeout.whole
    assert 1 <= database.pool_min.whole <= database.pool_max.whole
    assert app.instances.whole in (1, 2)
    assert app.max_requests_jitter.whole < app.max_requests.whole
    assert database.connections.value != "persistent" or made.work.interface == "wsgi"
    for name, number in made.numbers():
        assert isinstance(number.value, str) or number.value > 0 or name == "app.keepalive", name
        assert number.reason, name
        assert number.reason != "not sized yet", name
    check_wishes_kept(made, wishes)


def check_wishes_kept(made: Topology, wishes: Wishes) -> None:
    workers = made.app.instances.whole * made.app.workers.whole
    assert wishes.workers is None or workers in (wishes.workers, wishes.workers + 1)
    assert wishes.threads is None or made.app.threads.value == wishes.threads
    assert wishes.worker_concurrency is None or made.tasks.concurrency.value == wishes.worker_concurrency
    assert wishes.max_connections is None or made.database.max_connections.value == wishes.max_connections
    assert wishes.timeout is None or made.timeouts.app.value == wishes.timeout
    assert wishes.memory is None or made.memory_budget.whole == wishes.memory // MIB


@settings(max_examples=300, deadline=None)
@given(machine=machines, work=works, wishes=st.just(Wishes()) | wished)
def test_whatever_is_sized_fits_the_machine_or_is_refused(
    machine: Machine, work: Work, wishes: Wishes
) -> None:
    made = size_or_refuse(machine, work, wishes)
    if isinstance(made, TopologyError):
        assert made.what
        assert made.next_step
    else:
        check_invariants(made, wishes)


@settings(max_examples=100, deadline=None)
@given(cores=st.integers(1, 128), work=common)
def test_a_machine_with_two_gibibytes_a_core_is_never_refused(cores: int, work: Work) -> None:
    machine = make_machine(cores, gibibytes=2 * cores + 2, open_files=65_536)
    made = size(machine, work)
    check_invariants(made, Wishes())
    assert "cores' processes" not in made.app.workers.reason


@settings(max_examples=100, deadline=None)
@given(machine=machines, work=works)
def test_a_printed_sum_of_memory_adds_up(machine: Machine, work: Work) -> None:
    made = size_or_refuse(machine, work, Wishes())
    lines = made.why.splitlines() if isinstance(made, TopologyError) else list(explain_shares(made))
    shares = [int(found[1]) for line in lines if (found := re.match(r"  [\w-]+: (\d+) MiB \(", line))]
    if shares:
        assert f"  sum: {sum(shares)} MiB" in lines[-1]


@pytest.mark.parametrize("name", ["workers", "threads", "worker_concurrency", "max_connections", "memory"])
def test_a_wish_for_nothing_is_refused_by_its_key(name: str) -> None:
    with pytest.raises(TopologyError, match=rf"{name.replace('_', '-')} = 0 (.|\n)*\[tool\.tenfold\.up\]"):
        sized(**{name: 0})


def test_too_few_open_files_are_refused_with_the_sum() -> None:
    with pytest.raises(TopologyError, match=r"may open 100 files(.|\n)*ulimit -Hn"):
        sized(make_machine(open_files=100))


def test_a_pooler_that_cannot_open_its_clients_is_refused() -> None:
    machine = make_machine(2, gibibytes=64, open_files=1024)
    with pytest.raises(TopologyError, match=r"PgBouncer needs \d+(.|\n)*clients"):
        sized(machine, Work(pooler=True, databases=6, waits=True), workers=10)


def test_too_few_open_files_for_every_core_run_fewer_processes_and_say_so() -> None:
    made = sized(make_machine(64, gibibytes=256, open_files=512))
    assert made.app.workers.whole < 32
    assert "; open files for " in made.app.workers.reason


def test_a_limit_below_what_is_kept_free_is_refused() -> None:
    with pytest.raises(TopologyError, match="13 connections do not fit the 1"):
        sized(work=Work(databases=0), max_connections=1)


def test_the_same_machine_and_work_give_the_same_numbers() -> None:
    assert sized() == sized()


def test_memory_is_shared_out_before_connections_are_judged() -> None:
    made = sized(make_machine(64, gibibytes=2), max_connections=60)
    assert total(made.openers) + RESERVED <= 60
