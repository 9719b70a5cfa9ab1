"""Why the probe, or one of its sections, failed: one sentence with what to do."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenfold.project.readers.probe_process import Ended

# How the common readers of environment variables say that one is missing: django-environ, decouple,
# environs, python-dotenv's users, pydantic-settings.
MISSING_VARIABLE = (
    re.compile(r"^Set the (\w+) environment variable"),
    re.compile(r"^(\w+) not found\. Declare it as envvar or define a default value"),
    re.compile(r"^Environment variable \"(\w+)\" not set"),
    re.compile(r"(?i)\benvironment variable[s]? [`'\"]?([A-Z][A-Z0-9_]{2,})"),
    re.compile(r"(?i)\b([A-Z][A-Z0-9_]{2,})[`'\"]? (?:environment variable|env(?:ironment)? var)"),
)
MISSING_FIELD = re.compile(r"validation errors? for \w+\s+(\w+)\s+Field required")


def explain_end(ended: Ended, seconds: float) -> str:
    """Why there is no answer at all."""
    if ended.reason == "time":
        return f"the project did not load within {seconds:g} s; give it longer with --probe-seconds"
    if ended.reason == "size":
        return "the probe's answer was larger than 64 MiB and was cut off"
    last = last_line(ended.errors)
    if ended.status < 0:
        name = signal.Signals(-ended.status).name if -ended.status in set(signal.Signals) else "a signal"
        return f"the project's interpreter was ended by {name}" + (f": {last}" if last else "")
    said = f"; it said: {last}" if last else ""
    return f"the project ended its process (exit code {ended.status}) before it could answer{said}"


def last_line(text: str) -> str:
    """The last line that says something, as a traceback's last line does."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


def explain_failure(section: str, record: dict[str, Any], python: str) -> str:
    """Why one section failed."""
    error, message = str(record.get("error", "")), " ".join(str(record.get("message", "")).split())
    if not error:
        return f"{section} were not read: {message}"
    place = f" ({record.get('path')}:{record.get('line')})" if record.get("path") else ""
    if section == "environment":
        return f"{python} cannot import Django: {error}: {message}"
    variable = missing_variable(record, message)
    if variable:
        return (
            f"the {section} need the environment variable {variable}, which is not set{place}: "
            f"set it and run again"
        )
    if error == "TooSlow":
        return f"{section} {message}{place}"
    return f"{section} cannot be loaded{place}: {_explain_error(error, message[:300], python)}"


def _explain_error(error: str, message: str, python: str) -> str:
    if error == "ModuleNotFoundError":
        return f"{message} in {python}; install it there or give --python"
    if error in ("SystemExit", "ProcessExit"):
        return f"the project ended the process ({message or error})"
    return f"{error}: {message}"


def missing_variable(record: dict[str, Any], message: str) -> str:
    """The environment variable whose absence is the reason, "" when it is another."""
    if isinstance(record.get("variable"), str):
        return str(record["variable"])
    if record.get("error") in ("ModuleNotFoundError", "SyntaxError") or "DJANGO_SETTINGS_MODULE" in message:
        return ""
    for pattern in (*MISSING_VARIABLE, MISSING_FIELD):
        found = pattern.search(message)
        if found:
            return found[1]
    return ""
