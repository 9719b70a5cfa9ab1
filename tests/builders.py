"""Small projects, practices and findings made by hand, for tests of what stands behind the readers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tenfold.audit.result import Outcome, Reported, Verdict
from tenfold.practice import Confidence, Evidence, Impact, Practice
from tenfold.practices.catalogue import Entry
from tenfold.project.contexts import Contexts
from tenfold.project.dependencies import Dependencies
from tenfold.project.files import File, Files
from tenfold.project.migrations import Migrations
from tenfold.project.model import Known, Location, Project, Unknown
from tenfold.project.models import Models
from tenfold.project.packed import EMPTY
from tenfold.project.querysets import Querysets
from tenfold.project.repository import Repository
from tenfold.project.servers import Servers
from tenfold.project.settings import Settings
from tenfold.project.source import Module, Scope, Source
from tenfold.project.templates import Templates
from tenfold.project.urls import Urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tenfold.practice import Finding, Judgement


def write_files(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below the root; gives the root back."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def list_files(root: Path) -> Files:
    """Every file below the root as a fact, all tracked."""
    found = sorted(p for p in root.rglob("*") if p.is_file() and ".git" not in p.parts)
    return Files(
        tuple(File(p.relative_to(root).as_posix(), p.stat().st_size, tracked=True) for p in found),
        Known(True),
    )


def make_project(root: Path, files: Mapping[str, str | bytes] | None = None, **facts: Any) -> Project:
    """A project at `root` with these files on disk and these facts; every other fact is empty, the
    settings module is known."""
    write_files(root, files or {})
    values: dict[str, Any] = {
        "root": root,
        "name": "shop",
        "files": list_files(root),
        "source": Source(()),
        "settings": Settings(module=Known("shop.settings", Location("shop/wsgi.py", 3))),
        "urls": Urls(root=Known("shop.urls")),
        "models": Models(),
        "querysets": Querysets(),
        "migrations": Migrations(),
        "templates": Templates(),
        "dependencies": Dependencies(),
        "repository": Repository(),
        "servers": Servers(),
        "contexts": Contexts(),
        "lint": Unknown("ruff was not run"),
        "probed": Unknown("the project was not run"),
        "today": date(2026, 1, 1),
    }
    return Project(**(values | facts))


def make_module(path: str, *scopes: tuple[str, str, int, int], lines: int = 100) -> Module:
    """A module with (kind, qualname, first line, last line) scopes and nothing else."""
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    top = Scope("module", "", "", -1, 1, lines, (), (), (), ())
    made = tuple(
        Scope(kind, qualname.rpartition(".")[2], qualname, 0, first, last, (), (), (), ())
        for kind, qualname, first, last in scopes
    )
    module = Module(path, name, (lines, *EMPTY[1:]))
    module.__dict__["scopes"] = (top, *made)  # the place of its cached property
    return module


def make_practice(name: str = "settings/debug-off", impact: Impact = Impact.HIGH, **values: Any) -> Practice:
    """A practice whose id is `name`."""
    module = "tenfold.practices." + name.replace("/", ".").replace("-", "_")
    return Practice(module, held="It holds.", broken="It is broken.", impact=impact, **values)


def make_finding(
    practice: Practice, path: str = "shop/views.py", line: int = 1, message: str = "wrong here", **values: Any
) -> Finding:
    """A finding of the practice at a place."""
    return practice.finding(Location(path, line), message, **({"remedy": "change it"} | values))


def make_entry(practice: Practice, *judgements: Judgement, check: Callable[..., Any] | None = None) -> Entry:
    """A catalogue entry whose check says just this (or is the given function)."""

    def say(project: Project) -> Iterable[Judgement]:
        return iter(judgements)

    return Entry(practice, check or say, None, "It holds.\n\nWhy at scale.", ())


def make_verdict(
    practice: Practice,
    outcome: Outcome = Outcome.HELD,
    *,
    findings: Iterable[Reported] = (),
    reasons: Iterable[str] = (),
) -> Verdict:
    """A verdict of the practice."""
    return Verdict(practice, "It holds.", "Why at scale.", outcome, tuple(findings), tuple(reasons))


def make_reported(finding: Finding, fingerprint: str = "0123456789abcdef", **values: Any) -> Reported:
    """A finding as the engine reports it."""
    return Reported(finding, fingerprint, **values)


SUSPECTED_MEDIUM = {"confidence": Confidence.MEDIUM, "evidence": Evidence.SUSPECTED}
"""Values for a finding that does not count."""
