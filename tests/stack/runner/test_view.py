from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from tenfold.stack.runner.log_files import LogLine, log_file
from tenfold.stack.runner.view import View, describe_change, read_status
from tenfold.stack.runner.view_table import Picture
from tests.cli.fake_stack import SERVICES, make_stack, make_status, supervising

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tenfold.stack.runner.status import StackStatus

REQUEST = '{"method":"GET","path":"/cart/","status":200,"seconds":0.01}\n'


def make_view(folder: Path, read: Callable[[], StackStatus | None]) -> tuple[View, io.StringIO]:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, height=24, color_system=None)
    return View(folder, SERVICES, read, console=console), screen


def test_the_view_ends_when_the_stack_is_gone(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    statuses = iter((make_status(folder), make_status(folder, edge="stopping"), None))
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return True

    view, screen = make_view(folder, lambda: next(statuses))
    view.run(wait)
    assert len(waited) == 2
    assert "◌ stopping" in screen.getvalue()
    assert screen.getvalue().index("\x1b[?1049h") < screen.getvalue().rindex("\x1b[?1049l")


def test_a_stack_in_motion_is_looked_at_more_often(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    starting = replace(make_status(folder), state="starting")
    statuses = iter((starting, make_status(folder)))
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) < 2

    make_view(folder, lambda: next(statuses))[0].run(wait)
    assert waited[0] < waited[1]


def test_nothing_is_drawn_when_nothing_has_changed(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    left = 5

    def wait(_: float) -> bool:
        nonlocal left
        left -= 1
        return left > 0

    # No process: its memory would change from look to look.
    view, screen = make_view(folder, lambda: make_status(folder))
    view.run(wait)
    assert screen.getvalue().count("https://localhost:8443/") == 1


def test_a_request_is_shown_once_by_the_edge(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    log_file(folder, "edge-access").write_text("")
    view, _ = make_view(folder, lambda: make_status(folder))
    log_file(folder, "edge-access").write_text(REQUEST)
    log_file(folder, "app-1").write_text(REQUEST + "Traceback\n")
    picture = view.look()
    assert picture is not None
    assert list(picture.lines) == [LogLine("app-1", "Traceback"), LogLine("edge-access", REQUEST.strip())]


def test_the_applications_requests_are_shown_where_no_edge_tells_them(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    view, _ = make_view(folder, lambda: make_status(folder))
    log_file(folder, "app-1").write_text(REQUEST)
    picture = view.look()
    assert picture is not None
    assert [line.service for line in picture.lines] == ["app-1"]


def test_only_what_is_seen_counts_as_a_change(tmp_path: Path) -> None:
    one = Picture(make_status(tmp_path), now=100.0)
    assert describe_change(one) == describe_change(replace(one, now=100.4))
    assert describe_change(one) != describe_change(replace(one, now=161.0))
    assert describe_change(one) != describe_change(replace(one, status=make_status(tmp_path, edge="failed")))
    assert describe_change(one) != describe_change(replace(one, lines=[LogLine("edge", "x")]))


def test_the_status_is_none_when_nobody_answers(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    assert read_status(folder) is None
    with supervising(folder):
        assert read_status(folder) == make_status(folder)
