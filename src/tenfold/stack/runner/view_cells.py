"""The words of the status: ages, sizes, rates, addresses, states, as short as a person can read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.stack.runner.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tenfold.stack.runner.sampling import Sample
    from tenfold.stack.runner.status import ServiceStatus, StackStatus

COLOURS: Mapping[str, str] = {
    State.READY: "green",
    State.DONE: "green",
    State.WAITING: "bright_black",
    State.PREPARING: "cyan",
    State.STARTING: "cyan",
    State.BACKOFF: "yellow",
    State.STOPPING: "yellow",
    State.STOPPED: "bright_black",
    State.FAILED: "red",
    "running": "green",
    "degraded": "red",
}
MARKS: Mapping[str, str] = {
    State.READY: "●",
    State.DONE: "✓",
    State.WAITING: "○",
    State.PREPARING: "◐",
    State.STARTING: "◐",
    State.BACKOFF: "↻",
    State.STOPPING: "◌",
    State.STOPPED: "○",
    State.FAILED: "✗",
}
PALETTE = ("cyan", "magenta", "blue", "green", "yellow", "bright_cyan", "bright_magenta", "bright_blue")
"""Colours that tell services apart in their logs; red is left for errors."""
ANSI: Mapping[str, str] = {
    **{"green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36"},
    **{"bright_blue": "94", "bright_magenta": "95", "bright_cyan": "96"},
}
"""The colours of `PALETTE` for a terminal: a line of a log is not worth rich's work."""
_LOOPBACK = re.compile(r"^(?:127\.0\.0\.1|localhost|\[::1\])?:")
MEBIBYTE = 1024 * 1024


def colour_names(names: Iterable[str]) -> dict[str, str]:
    """A colour for each service, the same at every call with the same services."""
    return {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(names)}


def show_age(seconds: float) -> str:
    """ "8s", "12m", "3h 05m", "2d 4h"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m"
    if whole < 86_400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 86_400}d {whole % 86_400 // 3600}h"


def show_memory(size: int | None) -> str:
    """ "84 MiB", "1.2 GiB"; "" when it is not known."""
    if size is None:
        return ""
    return f"{size / MEBIBYTE:.0f} MiB" if size < 1000 * MEBIBYTE else f"{size / MEBIBYTE / 1024:.1f} GiB"


def show_rate(rate: float) -> str:
    """ "0 req/s", "3.4 req/s", "1,520 req/s"."""
    return f"{rate:,.0f} req/s" if rate >= 9.95 or rate == 0 else f"{rate:.1f} req/s"


def show_address(address: str) -> str:
    """Without what all have in common: "https://localhost:8443/" is ":8443", "run/app-1.sock" "app-1.sock"."""
    parts = (part.strip().partition("://")[2] or part.strip() for part in address.split(","))
    return " ".join(_LOOPBACK.sub(":", part.rstrip("/")).removeprefix("run/") for part in parts)


def show_load(sample: Sample) -> str:
    """What the service does now: requests a second, or its figures."""
    parts = [] if sample.requests is None else [show_rate(sample.requests)]
    parts += [f"{name} {value}" for name, value in sample.figures.items() if value]
    return ", ".join(parts)


def split_done(status: StackStatus) -> tuple[list[ServiceStatus], list[ServiceStatus]]:
    """(services with a row of their own, commands that have ended well)."""
    rows = [one for one in status.services if one.state != State.DONE]
    return rows, [one for one in status.services if one.state == State.DONE]


def count_ready(status: StackStatus) -> str:
    """ "9 of 10 ready"."""
    rows, _ = split_done(status)
    ready = sum(one.state == State.READY for one in rows)
    return f"{ready} of {len(rows)} ready"
