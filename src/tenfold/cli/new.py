"""Make a new Django project that is ready for production.

It runs at once: accounts by e-mail, pages with a look of their own, settings from the environment, tests, CI,
hooks, an image, and the manifests of its production stack. `tenfold audit` scores it 100. Nothing is written
when anything cannot be; what is there is never touched.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.cli import _output

if TYPE_CHECKING:
    import argparse

    from tenfold.scaffold.rendering import NewFile

NAME = "new"
HELP = "make a new Django project, ready for production"
VERSION = 1
SECRET_BYTES = 50
"""Random bytes of SECRET_KEY: Django's own check wants 50 characters."""


@dataclass(frozen=True)
class Outcome:
    """What one run of `new` did, or would do."""

    name: str
    folder: Path
    files: tuple[NewFile, ...]
    written: bool
    repository: str = ""
    installed: bool | None = None
    """None when it was not asked for."""
    complaint: str = ""

    def next_commands(self) -> tuple[str, ...]:
        """What a person types next, in order."""
        from tenfold.cli._new_environment import install_commands

        return (
            *([f"cd {shlex.quote(str(self.folder))}"] if self.folder != Path.cwd() else []),
            *(() if self.installed else install_commands()),
            "tenfold up",
            ".venv/bin/python manage.py test",
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the project's package, such as bazaar")
    parser.add_argument(
        "--directory", metavar="DIR", help="where to (default: a new folder of that name here)"
    )
    parser.add_argument(
        "--no-install", action="store_true", help="leave the virtual environment and its packages to you"
    )
    parser.add_argument("--plan", action="store_true", help="show the files; write nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    outcome = _make(arguments)
    _output.write(_as_json(outcome) if arguments.json else "\n".join(_describe(outcome)))
    return int(outcome.installed is False)


def _make(arguments: argparse.Namespace) -> Outcome:
    from tenfold.cli import _new_folder as folders
    from tenfold.scaffold.naming import refuse_name
    from tenfold.scaffold.rendering import brought_names, render_environment, render_project, top_names

    name = arguments.name
    refuse_name(name, own=top_names(), brought=brought_names(), is_installed=_is_installed)
    folder = Path(arguments.directory or name).absolute()
    folders.refuse_folder(folder)
    with folders.draft(folder) as made:
        files = (*render_project(name), render_environment(_make_secret()))
        folders.write_files(made, files)
        deployment = folders.render_deployment(made, name)
        files = tuple(sorted((*files, *deployment)))
        if arguments.plan:
            return Outcome(name, folder, files, written=False)
        folders.write_files(made, deployment)
        folders.put_in_place(made, folder)
    repository = folders.begin_repository(folder)
    if arguments.no_install:
        return Outcome(name, folder, files, written=True, repository=repository)
    complaint = _install(folder, quiet=arguments.json)
    return Outcome(
        name,
        folder,
        files,
        written=True,
        repository=repository,
        installed=not complaint,
        complaint=complaint,
    )


def _install(folder: Path, *, quiet: bool) -> str:
    from tenfold.cli._new_environment import install

    with _output.progress(quiet=quiet) as progress:
        return install(folder, progress)


def _make_secret() -> str:
    import secrets

    return secrets.token_urlsafe(SECRET_BYTES)


def _is_installed(name: str) -> bool:
    """Whether Tenfold's environment, which has what new projects install, can import it. A folder of the name in
    the current directory is no such package: it is refused as a folder."""
    import sys
    from importlib.machinery import PathFinder

    here = {"", str(Path.cwd())}
    spec = PathFinder.find_spec(name, [path for path in sys.path if path not in here])
    return spec is not None and spec.origin is not None


def _describe(outcome: Outcome) -> list[str]:
    if not outcome.written:
        told = [f"{outcome.folder} would hold {len(outcome.files)} files; nothing was written."]
        return [*told, *(f"  {file.path}" for file in outcome.files)]
    lines = [f"{outcome.folder} is made: {len(outcome.files)} files, {outcome.repository}."]
    if outcome.installed:
        lines.append("Its packages are installed in .venv.")
    elif outcome.complaint:
        lines.append(f"Its packages are not installed: {outcome.complaint}")
    return [*lines, "Next:", *(f"  {command}" for command in outcome.next_commands())]


def _as_json(outcome: Outcome) -> str:
    import json

    document = {
        "version": VERSION,
        "name": outcome.name,
        "folder": str(outcome.folder),
        "written": outcome.written,
        "files": [{"path": file.path, "mode": f"{file.mode:o}"} for file in outcome.files],
        "repository": outcome.repository,
        "installed": outcome.installed,
        "complaint": outcome.complaint,
        "next": list(outcome.next_commands()),
    }
    return json.dumps(document, indent=2)
