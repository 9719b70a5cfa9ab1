"""Show what the running stack does: each service with its state, address, memory and load.

Exit codes: 0 all essential services are ready, 1 not all, 2 no stack runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.cli import _output, _stack

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from tenfold.stack.runner.sampling import Sample
    from tenfold.stack.runner.status import StackStatus

NAME = "status"
HELP = "show the services of the running stack"
VERSION = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _stack.add_path(parser)
    parser.add_argument("-w", "--watch", action="store_true", help="keep it current until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    folder = _stack.find_folder(_stack.path_of(arguments))
    if arguments.watch and not arguments.json:
        return _watch(folder)
    status = _stack.read_status(folder)
    samples = _measure(folder, status)
    _output.write(_as_json(status, samples) if arguments.json else _as_table(status, samples))
    return 0 if is_whole(status) else 1


def is_whole(status: StackStatus) -> bool:
    """Whether everything essential is ready, or has ended well."""
    from tenfold.stack.runner.states import SETTLED

    return all(one.state in SETTLED for one in status.services if one.essential)


def _measure(folder: Path, status: StackStatus) -> Mapping[str, Sample]:
    from tenfold.stack.runner.sampling import Sampler

    return Sampler(folder, _stack.read_plan(folder).services).sample(status)


def _watch(folder: Path) -> int:
    from tenfold.stack.runner.view import watch

    _stack.read_status(folder)  # says at once when nothing runs
    try:
        watch(folder, hint="Ctrl-C ends the view, not the stack")
    except KeyboardInterrupt:
        return 0
    _output.note("The stack has stopped.")
    return 1


def _as_json(status: StackStatus, samples: Mapping[str, Sample]) -> str:
    import json

    from tenfold.stack.runner.status import encode_status

    document: dict[str, Any] = {"version": VERSION, **encode_status(status)}
    for one in document["services"]:
        sample = samples[one["name"]]
        one["memory"] = sample.memory
        one["figures"] = dict(sample.figures)
    return json.dumps(document, indent=2)


def _as_table(status: StackStatus, samples: Mapping[str, Sample]) -> str:
    import io
    import time

    from rich.console import Console

    from tenfold.stack.runner.view_table import Picture, draw_status

    picture = Picture(status, samples, now=time.time())
    colour = _output.is_colour_wanted()
    width = _output.width()
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="auto" if colour else None,
    )
    console.print(draw_status(picture, width=width))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]
