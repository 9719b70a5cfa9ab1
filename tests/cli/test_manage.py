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


def test_a_command_runs_with_the_applications_environment(tmp_path: Path) -> None:
    django = Command(("echo", "-m", "django", "shell"), {"TENFOLD_ROLE": "shell"})
    folder = make_stack(tmp_path, (make_service("app-1", "app", shell=django),))
    words = [sys.executable, "-m", "tenfold", "manage", "-C", str(tmp_path), "showmigrations", "--plan"]
    with supervising(folder):
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "-m django showmigrations --plan", done.stderr


def test_without_a_command_it_says_how_to_list_them(tmp_path: Path, capsys: Output) -> None:
    assert main(["manage", "-C", str(tmp_path)]) == 2
    assert "tenfold manage help" in capsys.readouterr().err


def test_a_stack_that_does_not_run_runs_no_command(tmp_path: Path, capsys: Output) -> None:
    make_stack(tmp_path, (make_service("app-1", "app", shell=Command(("true", "shell"))),))
    assert main(["manage", "-C", str(tmp_path), "check"]) == 2
    assert "No stack runs in" in capsys.readouterr().err
