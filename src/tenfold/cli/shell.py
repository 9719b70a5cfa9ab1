"""Open a prompt of a service: psql of postgres and replica-1, Valkey's of cache, Django's of app.

It takes the place of this command and is given the words that follow: `tenfold shell postgres -c "select 1"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.cli import _stack
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse

NAME = "shell"
HELP = "open a service's own prompt: psql, Valkey, Django"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", metavar="SERVICE", help="postgres, replica-1, cache, app, ...")
    parser.add_argument(
        "words", nargs="...", metavar="WORD", help="given to the prompt; after `--` if need be"
    )
    _stack.add_path_option(parser)


def run(arguments: argparse.Namespace) -> int:
    from tenfold.stack.runner.control_client import NotRunningError, is_running

    words = _stack.take_path(arguments)
    folder = _stack.find_folder(_stack.path_of(arguments))
    plan = _stack.read_plan(folder)
    service = _stack.choose_services(plan, (arguments.service,))[0]
    if service.shell is None:
        able = [one.name for one in plan.services if one.shell is not None]
        raise TenfoldError(f"{service.name} has no prompt.", next_step=f"These have: {', '.join(able)}.")
    if not is_running(folder):
        raise NotRunningError(f"No stack runs in {plan.root}.", next_step="`tenfold up` starts it.")
    _stack.become(service.shell, folder, words)
    return 0
