from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import main
from tenfold.stack.service import Command
from tests.cli.fake_stack import make_service, make_stack, supervising

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


def test_the_prompt_takes_this_commands_place(tmp_path: Path) -> None:
    prompt = Command(("sh", "-c", 'echo "$PGDATABASE $PWD $@"', "psql"), {"PGDATABASE": "app"})
    folder = make_stack(tmp_path, (make_service("postgres", "postgres", shell=prompt),))
    words = [
        sys.executable,
        "-m",
        "tenfold",
        "shell",
        "postgres",
        "-C",
        str(tmp_path),
        "--",
        "-c",
        "select 1",
    ]
    with supervising(folder):
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == f"app {folder} -c select 1", done.stderr


def test_a_service_without_a_prompt_names_those_that_have_one(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder):
        assert main(["shell", "edge", "-C", str(tmp_path)]) == 2
    assert "These have: postgres." in capsys.readouterr().err


def test_a_stack_that_does_not_run_has_no_prompt(tmp_path: Path, capsys: Output) -> None:
    make_stack(tmp_path)
    assert main(["shell", "postgres", "-C", str(tmp_path)]) == 2
    assert "No stack runs in" in capsys.readouterr().err


def test_a_prompt_that_is_gone_is_told(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the verb changes the folder before it starts the prompt
    folder = make_stack(tmp_path, (make_service("cache", "cache", shell=Command(("/no/such/prompt",))),))
    with supervising(folder):
        assert main(["shell", "cache", "-C", str(tmp_path)]) == 2
    assert "/no/such/prompt cannot be started." in capsys.readouterr().err
