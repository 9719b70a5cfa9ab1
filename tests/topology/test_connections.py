from __future__ import annotations

from tenfold.topology.connections import Opener, held_by_pool, room, total


def test_an_opener_holds_a_connection_per_thread_process_and_replica() -> None:
    assert Opener("web", processes=4, threads=8, replicas=3).connections == 96


def test_the_total_is_the_sum_over_all_openers() -> None:
    assert total([Opener("web", 4, 2), Opener("celery", 8, 1)]) == 16


def test_room_leaves_connections_for_people_and_migrations() -> None:
    assert room() == 87
    assert room(10) == 0


def test_an_opener_says_its_arithmetic() -> None:
    assert str(Opener("web", 4, 2, 3)) == "web: 4 processes x 2 threads x 3 replicas = 24"


def test_a_pool_holds_what_its_threads_ask_for_within_its_bounds() -> None:
    assert held_by_pool(8, smallest=2, largest=4) == 4
    assert held_by_pool(3, smallest=2, largest=4) == 3


def test_a_pool_keeps_its_smallest_number_open_for_a_single_thread() -> None:
    assert held_by_pool(1, smallest=4, largest=10) == 4
