from __future__ import annotations

from tenfold.topology.connections import Opener, room, total


def test_an_opener_holds_a_connection_per_thread_process_and_replica() -> None:
    assert Opener("web", processes=4, threads=8, replicas=3).connections == 96


def test_the_total_is_the_sum_over_all_openers() -> None:
    assert total([Opener("web", 4, 2), Opener("celery", 8, 1)]) == 16


def test_room_leaves_connections_for_people_and_migrations() -> None:
    assert room() == 87
    assert room(10) == 0


def test_an_opener_says_its_arithmetic() -> None:
    assert str(Opener("web", 4, 2, 3)) == "web: 4 processes x 2 threads x 3 replicas = 24"
