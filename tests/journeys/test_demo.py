from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.rules.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the checked demonstration says, and the folder it leaves behind."""
    home = tmp_path_factory.mktemp("demo")
    own = {"CHECK": "1", "TENFOLD_DEMO": str(home / "demo"), "XDG_CACHE_HOME": str(home / "cache")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "demo" / "run.py")],
        env={**os.environ, **own, "NO_COLOR": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, home / "demo"


def test_every_promise_of_the_demonstration_is_proven(told: tuple[str, Path]) -> None:
    text, _ = told
    assert text.count("proven  ") == 12
    assert "the score rose" in text
    assert "a second fix has nothing to do" in text
    assert text.count("none failed, and it is back") == 3
    assert "nothing of it is left running" in text


def test_the_demonstration_is_read_in_two_minutes(told: tuple[str, Path]) -> None:
    text, _ = told
    assert len(text.splitlines()) < 160


def test_the_command_that_it_names_takes_the_changes_back(told: tuple[str, Path]) -> None:
    text, folder = told
    shop = folder / "shop"
    assert f"fix --undo {shop}" in text
    subprocess.run(
        [sys.executable, "-m", "tenfold", "fix", "--undo", str(shop)], check=True, capture_output=True
    )
    for written in (ROOT / "demo" / "shop").rglob("*"):
        copied = shop / (".env" if written.name == "env.txt" else written.relative_to(ROOT / "demo" / "shop"))
        if written.is_file() and written.suffix not in (".pyc", ".sqlite3"):
            assert copied.read_bytes() == written.read_bytes()
    assert not (shop / ".pre-commit-config.yaml").exists()
