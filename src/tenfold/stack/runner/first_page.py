"""Asks the stack that has come up for its first page: an error there is told with its traceback, not found
later in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tenfold.stack.runner.log_files import log_file
from tenfold.stack.runner.log_tail import read_since
from tenfold.stack.runner.probes import try_probe
from tenfold.stack.service import Fetches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.probes import Place

SECONDS = 15.0
"""The first page of a cold application takes its time."""
LINES = 200
SHOWN = 12
"""The last frames of a traceback, and what was raised."""
ACCESS = '{"time": '
"""How a line of the access log begins."""


async def ask_first_page(plan: StackPlan, place: Place) -> list[str]:
    """Lines for the person when the first page is a server's error; [] when it is any other answer."""
    logs = {one.name: log_file(place.folder, one.name) for one in plan.services if one.kind == "app"}
    sizes = {name: _size(path) for name, path in logs.items()}
    why = await try_probe(first_request(plan.url), place, seconds=SECONDS)
    if not why:
        return []
    said = {name: read_since(path, sizes[name], LINES) for name, path in logs.items()}
    return describe(plan.url, why, said)


def first_request(url: str) -> Fetches:
    """The request for what a person opens: "https://localhost:8443/"."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    return Fetches(
        port=parts.port or (443 if tls else 80),
        path=parts.path or "/",
        host=parts.hostname or "localhost",
        tls=tls,
        below=500,
        # With a cookie, so that the edge keeps no page that was made before there was anything to show.
        headers={"Accept": "text/html", "Cookie": "tenfold=first-page"},
    )


def describe(url: str, why: str, said: Mapping[str, Sequence[str]]) -> list[str]:
    """What is wrong with the first page, the end of its traceback, and where the rest is. `said` are the
    lines that each instance has written meanwhile."""
    errors = {name: own for name, lines in said.items() if (own := last_traceback(lines))}
    name = next(iter(errors), next(iter(said), "app-1"))
    shown = errors.get(name, [])
    rest = f"`tenfold logs {name}` shows the rest." if shown else f"`tenfold logs {name}` may say why."
    return [f"the first request, for {url}, failed: {why}", *(f"  {line}" for line in shown), rest]


def last_traceback(lines: Iterable[str]) -> list[str]:
    """The end of the last traceback among a log's lines, [] without one."""
    own = [line for line in lines if not line.startswith(ACCESS)]
    starts = [number for number, line in enumerate(own) if line.startswith("Traceback (most recent call")]
    return own[starts[-1] :][-SHOWN:] if starts else []


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
