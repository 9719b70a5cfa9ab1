"""List the environment variables that the settings read, and keep .env.example in step with them.

Works on any project: django_tenfold.conf, environs, django-environ, decouple, os.environ. Nothing is executed.
Prints the diff; --apply writes it, and `tenfold fix --undo` takes it back. Lines that a person wrote are kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.cli import _output
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse

    from tenfold.edits.apply import Plan
    from tenfold.edits.env_file import Merged
    from tenfold.project.documented_variables import DocumentedVariable

NAME = "env"
HELP = "write .env.example from the code, or check that it is in step"
VERSION = 1
FILE = ".env.example"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="the project (default: here)")
    parser.add_argument("--settings", metavar="MODULE", help="the settings module of production")
    parser.add_argument("--file", default=FILE, metavar="FILE", help=f"inside the project (default: {FILE})")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--apply", action="store_true", help="write the file")
    how.add_argument("--check", action="store_true", help="exit 1 when the file is not in step with the code")
    how.add_argument("--stdout", action="store_true", help="print the whole file, write nothing")
    how.add_argument("--json", action="store_true", help="the variables as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    root = Path(arguments.path)
    variables = _read(root, arguments.settings)
    merged, plan = _plan(root, arguments.file, variables)
    if arguments.json:
        _output.write(_as_json(variables, merged))
    elif arguments.stdout:
        _output.write(merged.text)
    elif arguments.check:
        _output.write("\n".join(_describe_drift(arguments.file, merged, plan)))
        return 1 if plan.files else 0
    else:
        _output.write("\n".join(_describe(arguments.file, merged, plan, applied=arguments.apply)))
    return 0


def _read(root: Path, settings_module: str | None) -> tuple[DocumentedVariable, ...]:
    """Raises TenfoldError when there are no settings to read."""
    from tenfold.config import load_config
    from tenfold.project.model import Unknown
    from tenfold.project.readers.project import Reading, read_project
    from tenfold.project.readers.variable_docs import read_variable_docs

    config = load_config(root)
    module = settings_module or config.settings or None
    project = read_project(root, Reading(settings_module=module, exclude=config.exclude))
    if isinstance(project.settings.module, Unknown) or not project.settings.path:
        why = project.settings.module.why if isinstance(project.settings.module, Unknown) else ""
        raise TenfoldError(
            "No settings were found.", why=why, next_step="Name the module: --settings MODULE."
        )
    return read_variable_docs(project.root, project.settings)


def _plan(root: Path, file: str, variables: tuple[DocumentedVariable, ...]) -> tuple[Merged, Plan]:
    from tenfold.edits.apply import checked_path, plan
    from tenfold.edits.env_file import EnvEntry, merge_env_file
    from tenfold.edits.model import CreateFile, Edit

    place = checked_path(root.resolve(), file)
    try:
        data = place.read_bytes() if place.exists() else None
        existing = None if data is None else data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise TenfoldError(
            f"{file} cannot be read.", why=str(error), next_step="Name another --file."
        ) from error
    entries = [
        EnvEntry(v.name, v.required, v.secret, v.default, v.help, v.example, v.choices, v.from_file)
        for v in variables
    ]
    merged = merge_env_file(entries, existing)
    if existing == merged.text or not (variables or existing):
        return merged, plan(root.resolve(), ())
    change = CreateFile(file, merged.text) if data is None else Edit(file, 0, len(data), merged.text)
    return merged, plan(root.resolve(), (change,))


def _describe(file: str, merged: Merged, plan: Plan, *, applied: bool) -> list[str]:
    from tenfold.edits.apply import apply

    if not plan.files and not merged.text.count("="):
        return ["The settings read no environment variable."]
    if not plan.files:
        return [
            *(f"left alone: {left.why}" for left in plan.deferred),
            *_count(file, merged, "is in step with the code"),
        ]
    lines = [_output.colour_diff(plan.diff()).rstrip("\n")]
    if not applied:
        return [*lines, *_count(file, merged, "by this diff; --apply writes it")]
    apply(plan)
    return [*lines, *_count(file, merged, "written; `tenfold fix --undo` takes it back")]


def _describe_drift(file: str, merged: Merged, plan: Plan) -> list[str]:
    if not plan.files:
        return _count(file, merged, "is in step with the code")
    lines = [f"{file} lacks {name}" for name in merged.added]
    lines += [f"{file} says of {name} what the code no longer says" for name in merged.changed]
    return [*lines, *_count(file, merged, "is not in step with the code; `tenfold env --apply` mends it")]


def _count(file: str, merged: Merged, what: str) -> list[str]:
    unread = [f"{file} has {name}, which the settings do not read: kept" for name in merged.unread]
    return [*unread, f"{file} {what}."]


def _as_json(variables: tuple[DocumentedVariable, ...], merged: Merged) -> str:
    import json
    from dataclasses import asdict

    document = {
        "version": VERSION,
        "variables": [asdict(one) | {"where": str(one.where)} for one in variables],
        "added": list(merged.added),
        "changed": list(merged.changed),
        "unread": list(merged.unread),
    }
    return json.dumps(document, indent=2)
