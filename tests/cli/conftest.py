"""A small catalogue judged over a project on disk, without the readers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.edits.model import AppendLines, SetSetting
from tenfold.practice import Impact, Safety
from tests.builders import make_entry, make_finding, make_practice, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenfold.cli._project import Request
    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement, Practice
    from tenfold.practices.catalogue import Entry
    from tenfold.project.model import Project

DEBUG_OFF = make_practice("settings/debug-off", impact=Impact.CRITICAL, fix=Safety.SAFE)
ENV_FILE = make_practice("settings/env-file-not-committed", impact=Impact.LOW, fix=Safety.UNSAFE)


def _lines(project: Project, text: str) -> list[int]:
    settings = (project.root / "settings.py").read_text(encoding="utf-8")
    return [number for number, line in enumerate(settings.splitlines(), start=1) if text in line]


def mended_entry(practice: Practice, text: str, *changes: Change) -> Entry:
    """Broken at each line of settings.py that holds `text`; mended by `changes`."""

    def check(project: Project) -> Iterator[Judgement]:
        for line in _lines(project, text):
            yield make_finding(practice, "settings.py", line, f"{text} is there", symbol=text)

    def fix(finding: Finding, project: Project) -> Iterator[Change]:
        yield from changes

    return replace(make_entry(practice, check=check), fix=fix)


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Two practices over the folder that is given back; nothing is remembered outside of it."""
    home = tmp_path / "shop"
    home.mkdir()
    found = (
        mended_entry(DEBUG_OFF, "DEBUG = True", SetSetting("settings.py", "DEBUG", "False")),
        mended_entry(ENV_FILE, "ENV_FILE", AppendLines(".gitignore", (".env",))),
    )

    def read(request: Request, **_: Any) -> Project:
        return make_project(request.root.resolve())

    monkeypatch.setattr("tenfold.practices.catalogue.entries", lambda: found)
    monkeypatch.setattr("tenfold.cli._project.read", read)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return home
