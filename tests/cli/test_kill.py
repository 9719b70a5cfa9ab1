from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.cli.kill import read_signal
from tenfold.cli.main import main
from tenfold.errors import TenfoldError
from tests.cli.fake_stack import make_stack, supervising

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


def test_each_named_service_gets_the_signal(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder, kill={"pid": 4711}) as supervisor:
        assert main(["kill", "app", "-C", str(tmp_path)]) == 0
    assert supervisor.asked == [
        {"verb": "kill", "name": name, "signal": "KILL"} for name in ("app-1", "app-2")
    ]
    assert "SIGKILL sent to app-1 (process 4711)" in capsys.readouterr().out


def test_a_refusal_of_the_supervisor_is_told(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder, kill={"ok": False, "what": "edge does not run.", "why": "It is waiting."}):
        assert main(["kill", "edge", "--signal", "TERM", "-C", str(tmp_path)]) == 2
    assert "edge does not run." in capsys.readouterr().err


def test_without_a_running_stack_the_next_step_is_told(tmp_path: Path, capsys: Output) -> None:
    make_stack(tmp_path)
    assert main(["kill", "edge", "-C", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"No stack runs in {tmp_path}." in said
    assert "`tenfold up" in said


@pytest.mark.parametrize(
    ("text", "name"), [("kill", "KILL"), ("SIGTERM", "TERM"), ("9", "KILL"), ("stop", "STOP")]
)
def test_signals_go_by_name_and_number(text: str, name: str) -> None:
    assert read_signal(text) == name


@pytest.mark.parametrize(("text", "hint"), [("KIL", 'Did you mean "KILL"'), ("999", "For example KILL")])
def test_what_is_no_signal_is_refused(text: str, hint: str) -> None:
    with pytest.raises(TenfoldError) as caught:
        read_signal(text)
    assert hint in caught.value.next_step
