"""The texts for people: the example of the environment file, the README of an export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.stack.export.environment import required_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Project
    from tenfold.stack.export.environment import Value
    from tenfold.stack.export.input import ExportInput


def example_text(
    one: ExportInput, values: tuple[Value, ...], *, full: bool = False, fixed: tuple[str, ...] = ()
) -> str:
    """The example of an environment file: secrets without values, and what only the project knows.

    With `full` also everything that the stack decides (an engine where the file is all there is).
    """
    lines = [f"# The environment of {one.name}: copy it, fill it in, keep the copy out of git.", ""]
    lines += ["# Secrets that must be set."]
    lines += [f"{name}=" for name in required_secrets(values)]
    if full:
        lines += ["", "# What the stack decides. Put the database's password in the place of CHANGE_ME."]
        lines += _lines(v for v in values if v.value)
    rest = [v for v in values if not v.value and not v.known and v.name not in fixed]
    if rest:
        lines += ["", "# Read by the settings; only the project's people know whether and how to set them."]
        lines += [
            f"#{v.name}={'  # secret' if v.secret else ''}  # {v.why}".replace("  #", "   #") for v in rest
        ]
    return "\n".join(lines) + "\n"


def direct_text(values: tuple[Value, ...], direct: tuple[Value, ...]) -> str:
    """What a migration's environment has otherwise: the way past the pooler."""
    known = {value.name: value.value for value in values}
    other = [value for value in direct if value.value and value.value != known.get(value.name)]
    lines = ["# Wins over the other file for migrations: past the pooler.", *_lines(value for value in other)]
    return "\n".join(lines) + "\n"


def _lines(values: Iterator[Value]) -> Iterator[str]:
    for value in values:
        if value.why:
            yield f"# {value.why}"
        yield f"{value.name}={value.value}"


def readme_text(one: ExportInput, engine: str, start: str, *, more: str = "") -> str:
    """README.md of an export: how to start it, what must be known, every number with its reason."""
    machine = one.topology.machine
    lines = [
        f"# {one.name} on {engine}",
        "",
        f"For a machine of {machine.cores} cores and {machine.memory // 1024**2} MiB. Start: `{start}`.",
        "",
        *([more, ""] if more else []),
        "Change sizes under `[tool.tenfold.up]` or with `--cores` and `--memory`, and export again:",
        "a file that was edited by hand is left alone, `tenfold export --check` says which differ.",
        "",
        *(["## To know", "", *(f"- {note}" for note in one.notes), ""] if one.notes else []),
        "## Numbers",
        "",
        "| number | value | why |",
        "| --- | --- | --- |",
        *(
            f"| {name} | {number} | {number.reason.replace('|', '/')} |"
            for name, number in one.topology.numbers()
        ),
        "",
    ]
    return "\n".join(lines)


def tell_other_engines(project: Project) -> Iterator[str]:
    """The export's database is PostgreSQL; `tenfold up` exchanges the engine, an export cannot."""
    for alias, _ in project.settings.databases():
        engines = [p.value for p in project.settings.possible("DATABASES", alias, "ENGINE")]
        other = next((e for e in engines if isinstance(e, str) and re.search("mysql|oracle|mssql", e)), "")
        if other and not any(isinstance(e, str) and "postg" in e for e in engines):
            yield (
                f"DATABASES[{alias!r}] is {other}, and the database here is PostgreSQL: change its ENGINE and move "
                "the rows, or leave postgres and pooler out and name your own server."
            )
