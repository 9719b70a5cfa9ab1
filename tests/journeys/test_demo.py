from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.rules.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def demonstrate(home: Path, part: str) -> str:
    """What the checked demonstration says; it leaves its folder at `home`/demo."""
    own = {"CHECK": "1", "TENFOLD_DEMO": str(home / "demo"), "XDG_CACHE_HOME": str(home / "cache")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "demo" / "run.py"), part],
        env={**os.environ, **own, "NO_COLOR": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    home = tmp_path_factory.mktemp("demo")
    return demonstrate(home, "mend"), home / "demo"


def test_the_reference_project_is_judged_run_browsed_and_broken(tmp_path: Path) -> None:
    text = demonstrate(tmp_path, "reference")
    assert text.count("proven  ") == 8
    assert "the reference project scores 100" in text
    assert text.count("none failed, and it is back") == 3
    assert "nothing of it is left running" in text
    assert len(text.splitlines()) < 100


def test_every_promise_of_the_mending_is_proven(mended: tuple[str, Path]) -> None:
    text, _ = mended
    assert text.count("proven  ") == 6
    assert "the score rose" in text
    assert "a second fix has nothing to do" in text
    assert len(text.splitlines()) < 120


def test_the_command_that_it_names_takes_the_changes_back(mended: tuple[str, Path]) -> None:
    text, folder = mended
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


def test_a_part_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    words = [sys.executable, str(ROOT / "demo" / "run.py"), "nothing"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "reference and mend" in done.stderr
