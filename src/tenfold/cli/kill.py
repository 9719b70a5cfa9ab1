"""Kill a service of the running stack to rehearse a fault: the supervisor starts it again.

KILL goes to the whole process group at once, as when a machine dies; another signal to its first process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.cli import _output, _stack
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse

NAME = "kill"
HELP = "kill a service of the running stack, to rehearse a fault"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "services", nargs="+", metavar="SERVICE", help="by name: app-1, replica-1, postgres, ..."
    )
    _stack.add_path_option(parser)
    parser.add_argument(
        "-s",
        "--signal",
        default="KILL",
        metavar="NAME",
        help="KILL (default), TERM, STOP, CONT, ... or a number",
    )


def run(arguments: argparse.Namespace) -> int:
    from tenfold.stack.runner.control_client import ask

    signal = read_signal(arguments.signal)
    folder = _stack.find_folder(_stack.path_of(arguments))
    services = _stack.choose_services(_stack.read_plan(folder), arguments.services)
    for one in services:
        answer = ask(folder, "kill", name=one.name, signal=signal)
        pid = f" (process {answer['pid']})" if answer.get("pid") else ""
        _output.write(f"SIG{signal} sent to {one.name}{pid}")
    return 0


def read_signal(text: str) -> str:
    """ "kill", "SIGKILL" and "9" are "KILL". Raises TenfoldError for what is no signal."""
    import signal
    from difflib import get_close_matches

    names = {one.name.removeprefix("SIG"): one for one in signal.Signals}
    word = text.strip().upper().removeprefix("SIG")
    if word.isdigit():
        word = next((name for name, one in names.items() if one == int(word)), word)
    if word not in names:
        close = get_close_matches(word, names, n=1)
        hint = f'Did you mean "{close[0]}"?' if close else "For example KILL, TERM, STOP, CONT."
        raise TenfoldError(f'There is no signal "{text}".', next_step=hint)
    return word
