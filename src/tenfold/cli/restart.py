"""Restart services of the running stack, one after the other; each waits until it is ready again.

`app` stands for app-1, app-2 and so on: since one of them always serves, no request is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.cli import _output, _stack
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tenfold.stack.runner.status import ServiceStatus

NAME = "restart"
HELP = "restart services of the running stack"
POLL = 0.1
GRACE = 15.0
"""Seconds beyond the service's own limits of stopping and starting."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "services", nargs="+", metavar="SERVICE", help="by name: app-1, worker, ...; app for all"
    )
    _stack.add_path_option(parser)
    parser.add_argument("--no-wait", action="store_true", help="return at once")


def run(arguments: argparse.Namespace) -> int:
    from tenfold.stack.runner.control_client import ask

    folder = _stack.find_folder(_stack.path_of(arguments))
    services = _stack.choose_services(_stack.read_plan(folder), arguments.services)
    names = [one.name for one in services]
    before = {one.name: one.run for one in _stack.read_status(folder).services}
    ask(folder, "restart", names=names)
    if arguments.no_wait:
        _output.write(f"restarting {', '.join(names)}")
        return 0
    limit = sum(one.stop_seconds + one.start_seconds for one in services) + GRACE
    _wait(folder, before, names, seconds=limit, tell=lambda one: _output.write(f"{one} is ready"))
    return 0


def _wait(
    folder: Path,
    before: dict[str, int],
    names: Sequence[str],
    *,
    seconds: float,
    tell: Callable[[str], None],
) -> None:
    """Until each has begun a new run and is ready. Raises TenfoldError when one fails or time is over."""
    import time

    from tenfold.stack.runner.states import SETTLED, State

    waiting = list(names)
    end = time.monotonic() + seconds
    while waiting:
        now = {one.name: one for one in _stack.read_status(folder).services}
        for name in tuple(waiting):
            one = now.get(name)
            if one is None or (one.run > before[name] and one.state == State.FAILED):
                raise _failed(name, one)
            if one.run > before[name] and one.state in SETTLED:
                tell(name)
                waiting.remove(name)
        if waiting and time.monotonic() > end:
            raise _failed(waiting[0], now[waiting[0]])
        time.sleep(POLL if waiting else 0)


def _failed(name: str, one: ServiceStatus | None) -> TenfoldError:
    state = one.state if one else "gone"
    return TenfoldError(
        f"{name} did not come back: it is {state}.",
        why=one.why if one else "",
        next_step=f"`tenfold logs {name}` shows what it said.",
    )
