"""`[tool.tenfold]`: what a project says of its own audit."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from tenfold.config.option import option
from tenfold.config.up import UpConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

SEVERITIES = ("critical", "high", "medium", "low")
FORMATS = ("text", "json", "sarif", "html", "github", "gitlab", "junit", "markdown")
_NO_SEVERITIES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PathOverride:
    """One `[[tool.tenfold.overrides]]`: selectors that are ignored under some paths."""

    paths: tuple[str, ...] = option(
        "Folders, or globs of project paths; `*` also crosses folders.", kind="paths", example='["legacy/*"]'
    )
    ignore: tuple[str, ...] = option(
        "Selectors that are not judged there, as in `ignore`.", kind="strings", example='["observability"]'
    )


@dataclass(frozen=True, slots=True)
class Config:
    """What a project says of its own audit. Every field has a default; an empty file is a valid one."""

    select: tuple[str, ...] = option(
        "Only these practices: topics, ids, globs of ids, sources (BP40, PT), severities. Empty: all.",
        kind="strings",
        example='["settings", "http/*", "severity:critical"]',
    )
    ignore: tuple[str, ...] = option(
        "Practices that are left out; wins over `select`.",
        kind="strings",
        example='["delivery/pre-commit"]',
    )
    fail_on: str = option(
        "Exit with 1 when a finding that counts has this severity or a worse one.",
        kind="string",
        default="high",
        choices=(*SEVERITIES, "never"),
        example='"critical"',
    )
    baseline: str = option(
        "Baseline file with the findings that are known and not reported again, relative to the project;"
        " tenfold-baseline.json when that stands there.",
        kind="string",
        default="",
        example='"tenfold-baseline.json"',
    )
    settings: str = option(
        "The settings module that production runs with; found by itself when empty.",
        kind="string",
        default="",
        example='"config.settings.production"',
    )
    probe: str = option(
        "Whether to ask for consent to import the project under its own interpreter. A project cannot"
        " consent for itself: that takes --probe or a person's answer.",
        kind="string",
        default="ask",
        choices=("ask", "never"),
        example='"never"',
    )
    python: str = option(
        "The project's interpreter, for the probe; found by itself when empty.",
        kind="string",
        default="",
        example='".venv/bin/python"',
    )
    exclude: tuple[str, ...] = option(
        "Folders, or globs of project paths, that are not audited; `*` also crosses folders.",
        kind="paths",
        example='["vendor/*", "*/generated.py"]',
    )
    format: str = option(
        "Report written to standard output.",
        kind="string",
        default="text",
        choices=FORMATS,
        example='"markdown"',
    )
    html: str = option(
        "Also write the HTML report to this file, relative to the working folder.",
        kind="string",
        default="",
        example='"tenfold-report.html"',
    )
    severity: Mapping[str, str] = option(
        "Another severity for a practice or a whole topic; the practice's own line wins over its topic's.",
        kind="severities",
        default=_NO_SEVERITIES,
        choices=SEVERITIES,
        example='{ "http/named-urls" = "low", accounts = "critical" }',
    )
    up: UpConfig = option(  # noqa: RUF009 - a frozen default
        "The production stack: `[tool.tenfold.up]`.",
        kind="up",
        default=UpConfig(),
        example='{ server = "gunicorn", replicas = 2 }',
    )
    overrides: tuple[PathOverride, ...] = option(
        "Selectors ignored under some paths only.",
        kind="overrides",
        example='[{ paths = ["legacy/*"], ignore = ["http"] }]',
    )
