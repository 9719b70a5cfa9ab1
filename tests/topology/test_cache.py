from __future__ import annotations

from tenfold.topology.model import Work
from tests.topology.machines import make_machine, sized


def test_the_cache_admits_its_default_of_clients() -> None:
    assert sized().cache.max_clients.value == 10_000


def test_fewer_open_files_admit_fewer_clients() -> None:
    assert sized(make_machine(open_files=1024)).cache.max_clients.value == 1024 - 32


def test_the_cache_admits_two_connections_for_each_thread_of_the_project() -> None:
    made = sized(make_machine(128, gibibytes=1000, open_files=65_536), Work(waits=True), workers=1000)
    assert made.cache.max_clients.value == 2 * 1500 * 8 + 32


def test_the_cache_takes_a_twentieth_of_the_memory() -> None:
    made = sized()
    assert made.cache.max_memory.whole == made.memory_budget.whole // 20


def test_databases_beside_the_first_bring_the_cache_no_clients() -> None:
    one, three = (sized(work=Work(databases=number)).cache.max_clients for number in (1, 3))
    assert one == three
