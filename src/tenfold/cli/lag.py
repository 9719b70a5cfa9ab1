"""Make the replicas of the running stack lag: they apply what the primary committed so much later.

Takes effect at once, and holds until the next `tenfold lag` or `tenfold up`. `tenfold lag 0` ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.cli import _output, _stack
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse

NAME = "lag"
HELP = "make the replicas of the running stack lag"
LONGEST = 3600.0
"""Seconds: beyond an hour the primary keeps more of its log than a rehearsal is worth."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("seconds", metavar="TIME", help='"5s", "500ms", "2min"; "0" for none')
    _stack.add_path_option(parser)


def run(arguments: argparse.Namespace) -> int:
    from tenfold.stack.runner.control_client import ask

    seconds = read_lag(arguments.seconds)
    folder = _stack.find_folder(_stack.path_of(arguments))
    plan = _stack.read_plan(folder)
    replicas = [one.name for one in plan.services if one.name.startswith("replica-")]
    if not replicas:
        raise TenfoldError(
            "The stack has no replica that could lag.", next_step="`tenfold up --replicas 1` starts one."
        )
    ask(folder, "lag", seconds=seconds)
    who = " and ".join((", ".join(replicas[:-1]), replicas[-1])) if len(replicas) > 1 else replicas[0]
    verb = "apply" if len(replicas) > 1 else "applies"
    how = f"{verb} what was committed {seconds:g} s ago" if seconds else f"{verb} without delay"
    _output.write(f"{who} {how}")
    return 0


def read_lag(text: str) -> float:
    """Seconds. Raises TenfoldError for what is no time, or longer than an hour."""
    from tenfold.topology.timeouts import parse_seconds

    seconds = parse_seconds(text)
    if seconds is None or not 0 <= seconds <= LONGEST:
        raise TenfoldError(
            f'"{text}" is no lag.',
            why="A time between 0 and an hour is due.",
            next_step='For example "5s" or "500ms".',
        )
    return seconds
