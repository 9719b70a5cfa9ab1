"""Logging is configured with levels and formatters.

Without LOGGING, Django mails errors to ADMINS and drops what it warns of itself (refused hosts, 4xx answers);
what the project and its packages log below WARNING is lost, and the rest is a bare line on standard error,
without time, level or the logger's name.
Holds when LOGGING (or a `dictConfig`, structlog or loguru set-up) is there and each handler that writes to a
stream or a file has a formatter. Handlers of the project's own, syslog, mail and network handlers are not
judged. DEBUG as the level of the root logger in production is reported too: each SQL statement is then
formatted and written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import SetSetting
from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.settings import MISSING, Undetermined

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
                    "The root logger's level is DEBUG in production: "
                    + ("" if _sql_is_quiet(project) else "every SQL statement is written out, and ")
                    + "third parties log at their most talkative.",
                    remedy='"level": os.environ.get("LOG_LEVEL", "INFO")',
                    symbol="LOGGING.root.level",
                    proof=level.source,
                    fixable=False,
                )
    if not settings.doubt:  # A development module's handlers say nothing of production's.
        yield from _bare_handlers(project)


def _sql_is_quiet(project: Project) -> bool:
    """Whether the logger of SQL has a level of its own, or does not hand on to the root."""
    settings, path = project.settings, ("LOGGING", "loggers", "django.db.backends")
    levels = settings.possible(*path, "level")
    return any(p.value not in ("DEBUG", MISSING) for p in levels) or any(
        p.value is False for p in settings.possible(*path, "propagate")
    )


_WRITERS = frozenset(
    {
        "logging.StreamHandler",
        "logging.FileHandler",
        "logging.handlers.RotatingFileHandler",
        "logging.handlers.TimedRotatingFileHandler",
        "logging.handlers.WatchedFileHandler",
    }
)


def _bare_handlers(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    for handler in dict.fromkeys(p.value for p in settings.entries("LOGGING", "handlers")):
        if not isinstance(handler, str):
            continue
        kinds = settings.possible("LOGGING", "handlers", handler, "class")
        formatters = settings.possible("LOGGING", "handlers", handler, "formatter")
        if not kinds or any(kind.value not in _WRITERS for kind in kinds):
            continue
        filters = settings.possible("LOGGING", "handlers", handler, "filters")
        if filters and all("require_debug_true" in str(f.value) for f in filters):
            continue
        if formatters and all(formatter.value is MISSING for formatter in formatters):
            yield practice.finding(
                kinds[0].where,
                f"The handler {handler!r} of LOGGING has no formatter: its lines carry neither time nor level nor"
                " the logger's name.",
                remedy='"formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}}'
                f', and "formatter": "line" in LOGGING["handlers"]["{handler}"]',
                symbol=f"LOGGING.handlers.{handler}",
                proof=f"class {kinds[0].value}, no formatter",
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
            "LOGGING is not set: what the project logs below WARNING is lost in production, and the rest has no time,"
            " no level and no logger's name.",
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
    Holds(
        {
            "config/settings.py": """
                import os

                from django_tenfold.observability.log_config import logging_config

                DEBUG = False
                LOGGING = logging_config(debug=DEBUG, level=os.environ.get("LOG_LEVEL", "INFO"), mail_errors=True)
            """
        }
    ),
    Breaks(
        {
            "config/settings.py": """
                from django_tenfold.observability.log_config import logging_config

                LOGGING = logging_config(level="DEBUG")
            """
        },
        at="config/settings.py:3",
    ),
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
    Breaks(
        {
            "config/settings.py": """
                LOGGING = {
                    "version": 1,
                    "handlers": {
                        "console": {
                            "class": "logging.StreamHandler",
                        },
                    },
                    "root": {"handlers": ["console"], "level": "INFO"},
                }
            """
        },
        at="config/settings.py:5",
    ),
    LooksAlike(
        {
            "config/settings.py": """
                LOGGING = {
                    "version": 1,
                    "handlers": {"rows": {"class": "shop.logs.Rows", "level": "DEBUG"}},
                    "loggers": {"shop": {"handlers": ["rows"], "level": "DEBUG"}},
                }
            """
        },
        because="a handler of the project's own stores time, level and name itself",
    ),
)
