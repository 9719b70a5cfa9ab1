from __future__ import annotations

from tests.topology.machines import make_machine, sized


def test_nginx_runs_a_process_a_core_up_to_sixteen() -> None:
    assert sized().edge.processes.value == 4
    assert sized(make_machine(64, gibibytes=128)).edge.processes.value == 16


def test_connections_take_two_files_each() -> None:
    edge = sized(make_machine(open_files=1024)).edge
    assert edge.connections.value == 480
    assert edge.open_files.value == 1024
    assert "takes two" in edge.connections.reason


def test_with_files_to_spare_the_limit_is_twice_what_is_needed() -> None:
    edge = sized(make_machine(gibibytes=16)).edge
    assert edge.connections.value == 4096
    assert edge.open_files.value == 16_384


def test_little_memory_admits_fewer_connections() -> None:
    edge = sized(make_machine(1, gibibytes=1)).edge
    assert edge.connections.whole < 4096
    assert "of the memory" in edge.connections.reason


def test_a_burst_is_more_than_a_second_of_the_rate() -> None:
    edge = sized().edge
    assert edge.burst.whole > edge.rate.whole
