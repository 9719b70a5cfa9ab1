"""Run one of the project's management commands on the running stack, with its settings and databases:
`tenfold manage createsuperuser`. The project's manage.py is not used: it would name other settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.cli import _stack
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse

NAME = "manage"
HELP = "run a management command on the running stack"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="...", metavar="COMMAND", help="createsuperuser, showmigrations --plan, ..."
    )
    _stack.add_path_option(parser)


def run(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from tenfold.stack.runner.control_client import NotRunningError, is_running

    words = _stack.take_path(arguments)
    if not words:
        raise TenfoldError("No command is named.", next_step="tenfold manage help lists the project's.")
    folder = _stack.find_folder(_stack.path_of(arguments))
    plan = _stack.read_plan(folder)
    shell = next((one.shell for one in plan.services if one.kind == "app"), None)
    if shell is None:
        raise TenfoldError("The stack runs no application.", next_step="`tenfold up` starts one.")
    if not is_running(folder):
        raise NotRunningError(f"No stack runs in {plan.root}.", next_step="`tenfold up` starts it.")
    # The application's prompt is `python -m django shell`: the same with another command.
    _stack.become(replace(shell, words=shell.words[:-1]), folder, words)
    return 0
