"""Errors as the engines tell them: {"error": {"type", "reason"}, "status"}."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.kind, self.reason = status, kind, reason

    @property
    def error(self) -> dict[str, Any]:
        return {"type": self.kind, "reason": self.reason}


def bad(reason: str, kind: str = "parsing_exception") -> Refused:
    return Refused(400, kind, reason)


def take_known(given: Any, known: set[str], where: str) -> dict[str, Any]:
    """The object, if it has no key beside the known ones."""
    if not isinstance(given, dict):
        raise bad(f"[{where}] expected an object, found {type(given).__name__}")
    if unknown := given.keys() - known:
        raise bad(f"[{where}] unknown field [{sorted(unknown)[0]}]", "x_content_parse_exception")
    return given


def take_one(given: Any, where: str) -> tuple[str, Any]:
    if not isinstance(given, dict) or len(given) != 1:
        raise bad(f"[{where}] malformed, expected exactly one name")
    return next(iter(given.items()))
