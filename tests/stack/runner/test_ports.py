from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner import ports
from tenfold.stack.runner.ports import END, LOWEST, Refusal, choose_ports, refuse_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("http", "https", "postgres", "cache")


@contextmanager
def listening(port: int = 0, *, host: str = "127.0.0.1") -> Iterator[int]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
        one.listen(1)
        yield one.getsockname()[1]


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Ports that count as held; all others are free, whatever this machine runs."""
    held: set[int] = set()

    def refuse(port: int) -> Refusal | None:
        return Refusal(True, "nginx (process 7) holds it on 127.0.0.1") if port in held else None

    monkeypatch.setattr(ports, "refuse_port", refuse)
    return held


def test_web_ports_are_the_usual_ones_and_the_rest_stays_below_the_kernels(
    tmp_path: Path, busy: set[int]
) -> None:
    chosen = choose_ports(NAMES, {}, tmp_path / "ports.json")
    assert list(chosen) == list(NAMES)
    assert (chosen["http"], chosen["https"]) == (8080, 8443)
    assert LOWEST <= chosen["postgres"] < chosen["cache"] < END


def test_the_next_web_port_is_taken_when_the_usual_one_is_busy(tmp_path: Path, busy: set[int]) -> None:
    busy |= {8080, 8443, 8444}
    chosen = choose_ports(NAMES, {}, tmp_path / "ports.json")
    assert (chosen["http"], chosen["https"]) == (8081, 8445)


def test_ports_stay_the_same_from_start_to_start(tmp_path: Path, busy: set[int]) -> None:
    kept = tmp_path / "ports.json"
    busy |= {8080}
    first = choose_ports(NAMES, {}, kept)
    busy.clear()
    assert choose_ports(NAMES, {}, kept) == first
    assert choose_ports(("cache", "mail"), {}, kept)["cache"] == first["cache"]
    assert choose_ports(NAMES, {}, kept) == first


def test_a_lost_file_gives_the_same_ports_again(tmp_path: Path, busy: set[int]) -> None:
    kept = tmp_path / "ports.json"
    first = choose_ports(NAMES, {}, kept)
    kept.write_text("no json")
    assert choose_ports(NAMES, {}, kept) == first
    assert json.loads(kept.read_text()) == first


def test_two_stacks_begin_at_places_of_their_own(tmp_path: Path, busy: set[int]) -> None:
    one = choose_ports(NAMES, {}, tmp_path / "one/ports.json")
    two = choose_ports(NAMES, {}, tmp_path / "two/ports.json")
    assert one["postgres"] != two["postgres"]


def test_a_kept_port_that_became_busy_is_replaced_with_a_note(tmp_path: Path, busy: set[int]) -> None:
    kept, notes = tmp_path / "ports.json", list[str]()
    first = choose_ports(NAMES, {}, kept)
    busy.add(first["cache"])
    second = choose_ports(NAMES, {}, kept, note=notes.append)
    assert second["cache"] not in first.values()
    assert {**second, "cache": 0} == {**first, "cache": 0}
    assert len(notes) == 1
    assert f"cache had port {first['cache']} until now; nginx (process 7)" in notes[0]


def test_a_running_stack_keeps_the_ports_that_it_holds_itself(tmp_path: Path, busy: set[int]) -> None:
    first = choose_ports(("https", "cache"), {}, tmp_path / "ports.json")
    busy.update(first.values())
    notes: list[str] = []
    again = choose_ports(
        ("https", "cache"),
        {"https": first["https"]},
        tmp_path / "ports.json",
        note=notes.append,
        running=True,
    )
    assert (again, notes) == (first, [])


def test_a_port_that_is_set_wins_over_the_kept_one(tmp_path: Path, busy: set[int]) -> None:
    kept = tmp_path / "ports.json"
    first = choose_ports(NAMES, {}, kept)
    second = choose_ports(NAMES, {"https": first["cache"], "unused": 1}, kept)
    assert second["https"] == first["cache"]
    assert second["cache"] != first["cache"]


def test_a_busy_port_that_is_set_is_refused_with_its_holder(tmp_path: Path) -> None:
    with listening() as port, pytest.raises(TenfoldError) as caught:
        choose_ports(("https",), {"https": port}, tmp_path / "ports.json")
    assert caught.value.what == f"Port {port}, which is set for https, is busy."
    assert f"(process {os.getpid()}) holds it on 127.0.0.1" in caught.value.why
    assert not (tmp_path / "ports.json").exists()


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"http": 0}, "Port 0 of http is no port"),
        ({"http": 70_000}, "no port"),
        ({"http": 9000, "https": 9000}, "set for both http and https"),
    ],
)
def test_wishes_that_cannot_be_are_refused(
    tmp_path: Path, busy: set[int], wishes: dict[str, int], message: str
) -> None:
    with pytest.raises(TenfoldError, match=message):
        choose_ports(("http", "https"), wishes, tmp_path / "ports.json")


def test_no_free_port_at_all_is_an_error(tmp_path: Path, busy: set[int]) -> None:
    busy |= set(range(LOWEST, END))
    with pytest.raises(TenfoldError, match="is free"):
        choose_ports(("cache",), {}, tmp_path / "ports.json")


def test_a_port_held_on_the_other_loopback_is_busy() -> None:
    try:
        with listening(host="::1") as port:
            refusal = refuse_port(port)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert refusal is not None
    assert refusal.busy
    assert "::1" in refusal.why


def test_a_port_that_waits_after_its_last_connection_is_free() -> None:
    with listening() as port:
        server = socket.socket()
        client = socket.create_connection(("127.0.0.1", port))
        server.close()
        client.close()
    assert refuse_port(port) is None


def test_a_port_of_root_is_refused_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    class Denied(socket.socket):
        bind = deny  # type: ignore[assignment]

    monkeypatch.setattr(socket, "socket", Denied)
    assert refuse_port(80) == Refusal(False, "ports this low are root's")
