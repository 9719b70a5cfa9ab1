"""Open a prompt of a service: psql of postgres and replica-1, Valkey's of cache, Django's of app.

It takes the place of this command and is given the words that follow: `tenfold shell postgres -c "select 1"`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tenfold.cli import _stack
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from tenfold.stack.service import Command

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

    words = _take_path(arguments)
    folder = _stack.find_folder(_stack.path_of(arguments))
    plan = _stack.read_plan(folder)
    service = _stack.choose_services(plan, (arguments.service,))[0]
    if service.shell is None:
        able = [one.name for one in plan.services if one.shell is not None]
        raise TenfoldError(f"{service.name} has no prompt.", next_step=f"These have: {', '.join(able)}.")
    if not is_running(folder):
        raise NotRunningError(f"No stack runs in {plan.root}.", next_step="`tenfold up` starts it.")
    _become(service.shell, folder, words)
    return 0


def _take_path(arguments: argparse.Namespace) -> list[str]:
    """The prompt's words; a -C PATH among those before `--` is this command's own, as with other verbs."""
    import argparse

    words = arguments.words
    end = words.index("--") if "--" in words else len(words)
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    _stack.add_path_option(own)
    _, rest = own.parse_known_args(words[:end], arguments)
    return [*rest, *words[end + 1 :]]


def _become(command: Command, folder: Path, words: list[str]) -> None:
    """Replace this process: the terminal's signals and size then reach the prompt directly."""
    environment = {**os.environ, **command.environment}
    program, *rest = command.words
    try:
        os.chdir(command.folder or folder)
        os.execvpe(program, [program, *rest, *words], environment)
    except OSError as error:
        raise TenfoldError(
            f"{program} cannot be started.",
            why=error.strerror or str(error),
            next_step="`tenfold up` finds it anew.",
        ) from error
