"""Runs the sections one by one and prints one JSON object; a section that fails says why."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from typing import Any, Callable, NoReturn, Tuple

from . import apps, checks, environment, migrations, models, settings, urls
from .encode import mask_text
from .guard import Guard, block_databases, silence_logging
from .places import Places

Section = Tuple[str, str, Callable[[Places], Any]]
# (name, the section that it needs, how it is read), in order.
SECTIONS: tuple[Section, ...] = (
    ("environment", "", environment.read_environment),
    ("settings", "environment", settings.read_settings),
    ("apps", "settings", apps.read_apps),
    ("models", "apps", models.read_models),
    ("urls", "apps", urls.read_urls),
    ("migrations", "apps", migrations.read_migrations),
    ("checks", "apps", checks.read_checks),
    ("templates", "settings", environment.read_engines),
    ("middleware", "apps", environment.read_middleware),
)
SHARE = 0.6
"""The part of the time left that one section may take, so that one that hangs leaves the others theirs."""


class TooSlow(BaseException):
    """A section took longer than its share of the time."""


def probe(request: dict[str, Any]) -> NoReturn:
    """`request`: fd, root, path (import roots), settings, scratch, until (Unix time by which
    everything is to be read). Ends the process."""
    leave = os._exit
    os.set_inheritable(request["fd"], False)
    sys.argv = ["manage.py", "check"]
    sys.path[:0] = request["path"]
    os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    guard = Guard(request["scratch"])
    guard.install()
    report = read_sections(Places(request["root"]), request["until"])
    report["refused"] = guard.refused
    text = json.dumps(report, ensure_ascii=True) + "\n"
    data = memoryview(text.encode("ascii"))
    while data:
        data = data[os.write(request["fd"], data) :]
    # No exit handlers: threads and flushing clients of the project must not run on.
    leave(0)


def read_sections(places: Places, until: float) -> dict[str, Any]:
    """The report: each section's data under its name, and `failures` (name -> record)."""
    report: dict[str, Any] = {"version": 1, "failures": {}}
    signal.signal(signal.SIGALRM, raise_too_slow)
    for name, needed, read in SECTIONS:
        if needed in report["failures"]:
            report["failures"][name] = {"error": "", "message": "needs " + needed, "needs": needed}
            continue
        share = max(0.05, (until - time.time()) * SHARE)
        try:
            signal.setitimer(signal.ITIMER_REAL, share)
            report[name] = read(places)
            json.dumps(report[name])
        except BaseException as error:
            report.pop(name, None)
            report["failures"][name] = describe_failure(error, places, share)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if name == "environment" and name not in report["failures"]:
            block_databases()
            silence_logging()
            urls.record_places(places)
    return report


def raise_too_slow(*arguments: Any) -> NoReturn:
    raise TooSlow()


def describe_failure(error: BaseException, places: Places, share: float) -> dict[str, Any]:
    """What went wrong, where in the project, and the environment variable that is missing, if that is it."""
    stack = traceback.extract_tb(error.__traceback__)
    where = next((f for f in reversed(stack) if places.relative(f.filename)), None)
    message = f"took longer than {share:.1f} s" if isinstance(error, TooSlow) else str(error)
    return {
        "error": type(error).__name__,
        "message": mask_text(message)[:1000],
        "path": places.relative(where.filename) if where else "",
        "line": (where.lineno or 0) if where else 0,
        "variable": find_variable(error, stack),
    }


def find_variable(error: BaseException, stack: list[Any]) -> str | None:
    """The environment variable whose absence raised the error: `os.environ["X"]` ends in os.py."""
    last = stack[-1].filename if stack else ""
    in_os = last == "<frozen os>" or os.path.basename(last) == "os.py"
    return str(error.args[0]) if isinstance(error, KeyError) and error.args and in_os else None
