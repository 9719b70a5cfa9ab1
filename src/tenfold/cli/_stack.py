"""What the verbs about a running stack share: where it is, its services by name, its status."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.status import StackStatus
    from tenfold.stack.service import Command, Service

FOLDER = ".tenfold"
PLAN = "plan.json"


def add_path(parser: argparse.ArgumentParser) -> None:
    """PATH as the last positional argument, or behind -C."""
    parser.add_argument("place", nargs="?", metavar="PATH", help="the project (default: here)")
    parser.add_argument("-C", "--path", metavar="PATH", help="the same, as other verbs take it")


def add_path_option(parser: argparse.ArgumentParser) -> None:
    """-C PATH, for verbs whose positional arguments are something else."""
    parser.add_argument(
        "-C", "--path", metavar="PATH", help="the project, or a folder inside it (default: here)"
    )


def path_of(arguments: argparse.Namespace) -> str:
    """The path that was given in either way."""
    given = (getattr(arguments, "place", None), arguments.path)
    return next((one for one in given if one), ".")


def find_folder(path: str) -> Path:
    """The stack's folder of the project at `path`, or of the nearest folder above that has one.

    Raises TenfoldError where `tenfold up` was never run.
    """
    start = Path(path).absolute()
    if not start.is_dir():
        raise TenfoldError(f"There is no folder {path}.", next_step="Name the project's folder.")
    for home in (start, *start.parents):
        if (home / FOLDER / PLAN).is_file():
            return (home / FOLDER).resolve()
    raise TenfoldError(
        f"No stack was ever started in {start}.", next_step="`tenfold up` in the project's folder starts one."
    )


def read_plan(folder: Path) -> StackPlan:
    """The plan of the last `up`."""
    from tenfold.stack.plan_file import decode_plan

    try:
        text = (folder / PLAN).read_text(encoding="utf-8")
    except OSError as error:
        raise TenfoldError(
            f"{folder / PLAN} cannot be read.",
            why=error.strerror or str(error),
            next_step="Allow reading it.",
        ) from error
    return decode_plan(text)


def read_status(folder: Path) -> StackStatus:
    """What the running stack's supervisor says. Raises NotRunningError when there is none."""
    from tenfold.stack.runner.control_client import ask
    from tenfold.stack.runner.status import decode_status

    return decode_status(ask(folder, "status"))


def choose_services(plan: StackPlan, wanted: Sequence[str]) -> tuple[Service, ...]:
    """The services by name, in the order asked. "app" and "replica" stand for all of that name with a
    number, or of that kind. Raises TenfoldError for a name that nothing has."""
    chosen: dict[str, Service] = {}
    for name in wanted:
        found = [one for one in plan.services if one.name == name]
        found = found or [one for one in plan.services if name in (one.name.rpartition("-")[0], one.kind)]
        if not found:
            raise _unknown(name, (one.name for one in plan.services))
        chosen.update((one.name, one) for one in found)
    return tuple(chosen.values())


def _unknown(name: str, known: Iterable[str]) -> TenfoldError:
    names = tuple(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return TenfoldError(
        f'The stack has no service "{name}".',
        next_step=f'Did you mean "{close[0]}"?' if close else f"Services: {', '.join(names)}.",
    )


def take_path(arguments: argparse.Namespace) -> list[str]:
    """The prompt's words; a -C PATH among those before `--` is this command's own, as with other verbs."""
    import argparse

    words = arguments.words
    end = words.index("--") if "--" in words else len(words)
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_path_option(own)
    _, rest = own.parse_known_args(words[:end], arguments)
    return [*rest, *words[end + 1 :]]


def become(command: Command, folder: Path, words: list[str]) -> None:
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
