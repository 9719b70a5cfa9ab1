"""Show the logs of the stack's services, merged in the order of time; --follow shows what is added.

They stand in .tenfold/logs, and stay there when the stack has stopped. On a terminal requests are
shown in few words; --raw, a pipe or a file get every line as it was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.cli import _output, _stack

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.log_files import LogLine

NAME = "logs"
HELP = "show the logs of the stack's services"
LINES = 100
POLL = 0.2
LEVELS = {"error": "31", "warning": "33", "good": "32"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "services",
        nargs="*",
        metavar="SERVICE",
        help="by name: app-1, edge, ...; app for all (default: every one)",
    )
    _stack.add_path_option(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what is added, until Ctrl-C")
    parser.add_argument(
        "-n", "--lines", type=_count, default=LINES, metavar="N", help=f"the last N lines (default: {LINES})"
    )
    parser.add_argument(
        "--raw", action="store_true", help="lines as they were written, without names and colours"
    )


def run(arguments: argparse.Namespace) -> int:
    from tenfold.stack.runner.log_files import follow, last_lines

    folder = _stack.find_folder(_stack.path_of(arguments))
    plan = _stack.read_plan(folder)
    names = with_access_logs(_choose(plan, arguments.services))
    show = _renderer(plan, names, raw=arguments.raw)
    if not arguments.follow:
        for line in last_lines(folder, names, count=arguments.lines):
            _output.write(show(line))
        return 0
    try:
        for line in follow(folder, names, wait=_pause, count=arguments.lines):
            _output.write(show(line))
    except KeyboardInterrupt:
        return 0
    return 0


def _choose(plan: StackPlan, wanted: Sequence[str]) -> list[str]:
    """Names of services; the supervisor's own journal counts as one."""
    from tenfold.stack.runner.journal import NAME as JOURNAL

    if not wanted:
        return [JOURNAL, *(one.name for one in plan.services)]
    chosen = _stack.choose_services(plan, [name for name in wanted if name != JOURNAL])
    return [*([JOURNAL] if JOURNAL in wanted else []), *(one.name for one in chosen)]


def with_access_logs(names: Sequence[str]) -> list[str]:
    """Names of log files: a service may write its requests into a file of their own."""
    return [one for name in names for one in (name, f"{name}-access")]


def _count(text: str) -> int:
    import argparse

    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines")
    return int(text)


def _pause() -> bool:
    import sys
    import time

    sys.stdout.flush()
    time.sleep(POLL)
    return True


def _renderer(plan: StackPlan, names: Sequence[str], *, raw: bool) -> Callable[[LogLine], str]:
    """How one line is shown: its service's name before it, coloured on a terminal."""
    if raw:
        return lambda line: line.text + "\n"
    from tenfold.stack.runner.journal import NAME as JOURNAL
    from tenfold.stack.runner.log_text import clean_line, rate_line, shorten_line, split_journal
    from tenfold.stack.runner.view_cells import ANSI, colour_names

    colours = colour_names(one.name for one in plan.services)
    width = max((len(name.removesuffix("-access")) for name in names), default=0)
    if not _output.is_colour_wanted():
        return lambda line: f"{line.service.removesuffix('-access'):<{width}} | {clean_line(line.text)}\n"

    def show(line: LogLine) -> str:
        said = split_journal(line.text) if line.service == JOURNAL else None
        text = said[1] if said else shorten_line(line.text)
        name, mark = (said[0], ">") if said else (line.service.removesuffix("-access"), "|")
        code = LEVELS.get(said[2] if said else rate_line(text))
        text = f"\x1b[{code}m{text}\x1b[0m" if code else text
        colour = ANSI[colours.get(name, "cyan")]
        return f"\x1b[{colour}m{name:<{width}}\x1b[0m \x1b[90m{mark}\x1b[0m {text}\n"

    return show
