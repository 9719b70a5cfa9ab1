"""The text of an example file of environment variables, new or brought up to date.

What is ours is marked: comments that begin with "##", and the line below them as long as it has no value ("NAME=") or
is switched off ("#NAME=..."). All else is a person's and stays as it is: comments with one "#", values, variables
that no setting reads, whatever stood in the file before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEADER = (
    "## The environment variables that the settings read. Copy this file to .env and fill it in; secrets have no",
    "## place here. `tenfold env --apply` keeps what begins with two hashes up to date, and leaves the rest alone.",
)
COLUMNS = 100
_LINE = re.compile(r"(?P<off>#)?(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)$")
_QUOTED = re.compile(r"[\s#'\"$\\]")


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """One variable: `default` None when it has none that can be written."""

    name: str
    required: bool
    secret: bool
    default: str | None
    help: str
    example: str
    choices: tuple[str, ...] = ()
    from_file: bool = False
    """Whether NAME_FILE may name a file that holds the value."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The text, the names that it adds and those of which it changes a line, and names that nothing reads."""

    text: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unread: tuple[str, ...]


def merge_env_file(entries: Iterable[EnvEntry], existing: str | None) -> Merged:
    """The file with every entry in it; `existing` None makes it anew."""
    wanted = {entry.name: entry for entry in entries}
    if existing is None:
        lines = [
            *HEADER,
            *(line for entry in _in_order(wanted.values()) for line in ("", *write_entry(entry))),
        ]
        return Merged("\n".join(lines) + "\n", tuple(wanted), (), ())
    made: list[str] = []
    seen: dict[str, None] = {}
    changed: list[str] = []
    unread: list[str] = []
    for line in existing.splitlines():
        found = _LINE.fullmatch(line.strip())
        entry = wanted.get(found["name"]) if found else None
        if found and entry and entry.name not in seen:
            seen[entry.name] = None
            before = [*_take_ours(made), line]
            after = _renew(entry, before, keeps=bool(found["value"]) and not found["off"])
            if before != after:
                changed.append(entry.name)
            made += after
            continue
        if found and not found["off"] and entry is None:
            unread.append(found["name"])
        made.append(line)
    added = [entry for name, entry in wanted.items() if name not in seen]
    for entry in _in_order(added):
        made += ["", *write_entry(entry)]
    return Merged("\n".join(made) + "\n", tuple(e.name for e in added), tuple(changed), tuple(unread))


def _renew(entry: EnvEntry, before: list[str], *, keeps: bool) -> list[str]:
    """The lines of an entry as they should be: only the comment where its value is a person's."""
    if len(before) == 1:
        return before  # nothing above says that it is ours
    after = [*write_entry(entry)]
    return [*after[:-1], before[-1]] if keeps else after


def _take_ours(made: list[str]) -> list[str]:
    """The comment of ours that ends the lines made so far, taken off them; the header is not one's."""
    taken: list[str] = []
    while made and made[-1].startswith("##") and made[-1] not in HEADER:
        taken.insert(0, made.pop())
    return taken


def _in_order(entries: Iterable[EnvEntry]) -> list[EnvEntry]:
    """What must be set first, else in the order of the settings."""
    return sorted(entries, key=lambda entry: not entry.required)


def write_entry(entry: EnvEntry) -> Iterator[str]:
    """The lines of one variable: what it is, how it is written, and the line to fill in."""
    told = [entry.help if entry.help.endswith((".", "?", "!")) or not entry.help else f"{entry.help}."]
    told.append("Required." if entry.required else "Optional.")
    if entry.secret:
        in_file = f"Secret: {entry.name}_FILE may name a file that holds it."
        told.append(in_file if entry.from_file else "Secret.")
    if entry.choices:
        told.append(f"One of {', '.join(entry.choices)}.")
    yield from (f"## {line}" for line in wrap(" ".join(filter(None, told)), COLUMNS - 3))
    if entry.example and entry.example != entry.default:
        yield f"## Example: {entry.name}={entry.example}"
    value = "" if entry.secret or entry.default is None else _quote(entry.default)
    yield f"{entry.name}=" if entry.required else f"#{entry.name}={value}"


def _quote(value: str) -> str:
    """As python-dotenv, Docker Compose and shells read it alike."""
    if not _QUOTED.search(value):
        return value.replace("\n", " ")
    return "'" + value.replace("\n", " ").replace("'", "") + "'"
