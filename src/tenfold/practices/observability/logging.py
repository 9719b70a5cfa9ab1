"""Logging is configured with levels and formatters.

Django's default sends errors by mail and says nothing else in production: warnings of the database, the
cache and third parties are lost, and what is written has no time, no logger's name and no request id.
Holds when LOGGING (or a `dictConfig`, structlog or loguru set-up) gives a handler with a formatter to the
root logger or to the project's own. DEBUG as the level of the root logger in production is reported too: each
SQL statement is then formatted and written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import SetSetting
from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Logging is configured",
    broken="Logging is left at its default",
    impact=Impact.MEDIUM,
    sources=("BP67", "FB4"),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/topics/logging/#configuring-logging",),
    fix=Safety.SAFE,
)

_CONFIGURE = (
    "logging.config.dictConfig",
    "logging.config.fileConfig",
    "logging.basicConfig",
    "structlog.configure",
    "loguru.logger.add",
    "loguru.logger.configure",
)
VALUE = """{
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {process:d} {message}", "style": "{"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
}"""


def check(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    possible = settings.possible("LOGGING")
    if not any(p.value for p in possible):
        yield from _not_set(project)
        return
    for value in possible:
        if isinstance(value.value, Undetermined):
            yield CannotTell(f"LOGGING: {value.value.why}", value.where)
    for path in (("root", "level"), ("loggers", "", "level")):
        for level in settings.possible("LOGGING", *path):
            if level.value == "DEBUG" and not level.condition and not level.variable:
                yield practice.finding(
                    level.where,
                    "The root logger's level is DEBUG in production: every SQL statement is written out"
                    " where django.db.backends propagates, and third parties log at their most talkative.",
                    remedy='"level": os.environ.get("LOG_LEVEL", "INFO")',
                    symbol="LOGGING.root.level",
                    proof=level.source,
                    fixable=False,
                )
    if (
        possible[0].value
        and isinstance(possible[0].value, dict)
        and not settings.entries("LOGGING", "formatters")
    ):
        yield practice.finding(
            settings.where("LOGGING"),
            "LOGGING has no formatter: its lines carry neither time nor level nor the logger's name.",
            remedy='"formatters": {"line": {"format": "{asctime} {levelname} {name} {message}",'
            ' "style": "{"}}',
            symbol="LOGGING.formatters",
            impact=Impact.LOW,
            fixable=False,
        )


def _not_set(project: Project) -> Iterator[Judgement]:
    if any(True for _ in project.source.calls_to(*_CONFIGURE)):
        yield CannotTell("logging is configured by code, which is not judged")
    elif not project.settings.complete:
        yield CannotTell("LOGGING is not set in the settings that could be followed")
    else:
        yield practice.finding(
            project.settings.where("LOGGING"),
            "LOGGING is not set: in production only errors are handled, by mail, and nothing has a time.",
            remedy=f"LOGGING = {VALUE}",
            symbol="LOGGING",
        )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """A root logger that writes lines with time, level and name to the console."""
    if finding.symbol == "LOGGING":
        yield SetSetting(finding.where.path, "LOGGING", VALUE)


EXAMPLES = (
    Breaks(
        {"config/settings.py": "DEBUG = False\n"},
        at="config/settings.py",
        fixed={"config/settings.py": f"DEBUG = False\n\nLOGGING = {VALUE}\n"},
    ),
    Breaks(
        {
            "config/settings.py": """
                LOGGING = {
                    "version": 1,
                    "formatters": {"line": {"format": "%(asctime)s %(message)s"}},
                    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
                    "root": {
                        "handlers": ["console"],
                        "level": "DEBUG",
                    },
                }
            """
        },
        at="config/settings.py:7",
    ),
    Holds({"config/settings.py": f"LOGGING = {VALUE}\n"}),
    LooksAlike(
        {
            "config/settings.py": """
                import logging.config

                LOGGING_CONFIG = None
                logging.config.dictConfig({"version": 1, "root": {"level": "INFO"}})
            """
        },
        because="logging is configured by a call",
    ),
)
