from __future__ import annotations

from tenfold.topology.open_files import fitting_connections, granted_files, needed_files


def test_a_proxied_request_takes_two_files() -> None:
    assert needed_files(1000) == 2000


def test_twice_what_is_needed_is_granted() -> None:
    assert granted_files(1000) == 4000


def test_connections_that_fit_leave_files_for_logs_and_listeners() -> None:
    assert fitting_connections(1024) == 480
    assert needed_files(fitting_connections(1024)) < 1024
    assert fitting_connections(10) == 0
