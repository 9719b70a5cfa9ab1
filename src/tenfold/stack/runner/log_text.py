"""A line of a log as a person reads it: requests in few words, nothing that a terminal would obey."""

from __future__ import annotations

import json
import re

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ERROR = re.compile(r"\b(?:ERROR|CRITICAL|FATAL|PANIC|Traceback|\w+Error:)|\[(?:error|crit|alert|emerg)\]")
_JOURNAL = re.compile(r"\S+ (?P<level>info|good|warning|error) (?P<service>[\w-]+): (?P<text>.*)")
_WARNING = re.compile(r"\b(?:WARN|WARNING|HINT)\b|\[warn\]")


def clean_line(text: str) -> str:
    """The line without colours and control characters."""
    return _CONTROL.sub("", _ESCAPE.sub("", text)).replace("\t", "    ").rstrip()


def shorten_line(text: str) -> str:
    """The line cleaned; a request written as JSON becomes `200 GET /path 12 ms`."""
    plain = clean_line(text)
    return _shorten_request(plain) or plain if plain.startswith("{") else plain


def split_journal(text: str) -> tuple[str, str, str] | None:
    """(service, what the supervisor says of it, level) of a line of its journal; None for another line."""
    found = _JOURNAL.fullmatch(text)
    return (found["service"], found["text"], found["level"]) if found else None


def is_request(text: str) -> bool:
    """Whether the line is of an access log in JSON."""
    return text.startswith("{") and '"method"' in text and '"status"' in text


def rate_line(text: str) -> str:
    """ "error", "warning" or "" for a line (as `shorten_line` gives it, or raw)."""
    if _ERROR.search(text) or re.match(r"5\d\d [A-Z]+ /", text):
        return "error"
    return "warning" if _WARNING.search(text) or re.match(r"4\d\d [A-Z]+ /", text) else ""


def _shorten_request(text: str) -> str:
    try:
        data = json.loads(text)
        method, path, status = data["method"], data["path"], int(data["status"])
        taken = data.get("seconds")
    except (ValueError, KeyError, TypeError):
        return ""
    took = f" {float(taken) * 1000:.0f} ms" if isinstance(taken, int | float) else ""
    cached = f" cache {data['cache'].lower()}" if isinstance(data.get("cache"), str) and data["cache"] else ""
    return f"{status} {method} {path}{took}{cached}"
