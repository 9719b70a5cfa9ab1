from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner.control_client import NotRunningError, ask, is_running
from tests.cli.fake_stack import bind_socket, make_stack, supervising

if TYPE_CHECKING:
    from pathlib import Path


def test_a_request_and_its_answer_are_one_line_each(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder, lag={"names": ["replica-1"]}) as supervisor:
        assert is_running(folder)
        assert ask(folder, "lag", seconds=0.0) == {"ok": True, "names": ["replica-1"]}
    assert supervisor.asked == [{"verb": "lag", "seconds": 0.0}]


def test_a_socket_below_a_long_path_is_reached(tmp_path: Path) -> None:
    folder = make_stack(tmp_path / "a-folder-with-a-long-name" / ("x" * 120))
    with supervising(folder, down={}):
        assert ask(folder, "down")["ok"] is True


def test_a_refusal_is_told_as_the_supervisor_words_it(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    refusal = {
        "ok": False,
        "what": "edge does not run.",
        "why": "it failed",
        "next_step": "`tenfold logs edge`",
    }
    with supervising(folder, kill=refusal), pytest.raises(TenfoldError) as caught:
        ask(folder, "kill", name="edge")
    assert (caught.value.what, caught.value.why) == ("edge does not run.", "it failed")
    assert caught.value.next_step == "`tenfold logs edge`"


def test_no_stack_at_all_is_told_with_the_next_step(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    assert not is_running(folder)
    with pytest.raises(NotRunningError) as caught:
        ask(folder, "status")
    assert caught.value.what == f"No stack runs in {tmp_path}."
    assert f"`tenfold up {tmp_path}`" in caught.value.next_step


def test_a_stale_socket_means_that_the_supervisor_is_gone(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    bind_socket(folder).close()
    with pytest.raises(NotRunningError, match="without cleaning up"):
        ask(folder, "status")


def test_a_supervisor_that_goes_away_is_not_running(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder, status=b""), pytest.raises(NotRunningError, match="without an answer"):
        ask(folder, "status")


@pytest.mark.parametrize(
    ("answer", "message"), [(b"no json\n", "cannot be read"), (b"[]\n", "refused `status`")]
)
def test_an_answer_that_is_none_is_told(tmp_path: Path, answer: bytes, message: str) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder, status=answer), pytest.raises(TenfoldError, match=message):
        ask(folder, "status")


def test_a_supervisor_that_hangs_is_told(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    go_on = threading.Event()

    def hang(_: object) -> dict[str, bool]:
        go_on.wait(20)
        return {}

    with supervising(folder, status=hang):
        with pytest.raises(TenfoldError, match="does not answer"):
            ask(folder, "status", patience=0.05)
        go_on.set()
