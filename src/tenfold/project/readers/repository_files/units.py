"""systemd units and their drop-ins, supervisor programs, s6 and runit services: what a host starts."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.readers.repository_files.launch import NO_SCRIPTS, Start, run_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.readers.repository_files.launch import Scripts
    from tenfold.project.repository import Command

_EXEC = ("ExecStartPre", "ExecStart", "ExecStartPost")
_PROGRAM = re.compile(r"\[(program|eventlistener|fcgi-program):\s*([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key = value` of an ini-like text with its section and line."""

    section: str
    key: str
    value: str
    line: int


def read_entries(text: str, comments: tuple[str, ...] = ("#", ";")) -> Iterator[Entry]:
    """The entries in order; a value goes on after a closing backslash, or on an indented line."""
    section = ""
    current: Entry | None = None
    continued = False
    for line, content in enumerate(text.splitlines(), start=1):
        bare = content.strip()
        if not bare or bare.startswith(comments):
            continue
        if current is not None and (continued or content[:1] in " \t"):
            joined = f"{current.value.removesuffix(chr(92)).rstrip()} {bare}".strip()
            current = replace(current, value=joined)
        else:
            if current is not None:
                yield current
            current = None
            if bare.startswith("["):
                section = bare
            elif "=" in bare:
                key, _, value = bare.partition("=")
                current = Entry(section, key.strip(), value.strip(), line)
        continued = bare.endswith("\\")
    if current is not None:
        yield current


def run_unit(
    text: str,
    path: str,
    start: Start,
    *,
    scripts: Scripts = NO_SCRIPTS,
    drop_ins: tuple[tuple[str, str], ...] = (),
) -> Iterator[Command]:
    """The commands of a systemd unit; `drop_ins` are (path, text) of its `.d/*.conf`, in order.

    An empty `ExecStart=` in a drop-in takes back what stood before.
    """
    entries = [(path, e) for e in read_entries(text)]
    for drop_in, content in drop_ins:
        entries += [(drop_in, e) for e in read_entries(content)]
    environment: dict[str, str] = {}
    started: dict[str, list[tuple[str, Entry]]] = {key: [] for key in _EXEC}
    for place, entry in entries:
        if entry.key == "Environment":
            environment.update(_read_assignments(entry.value))
        elif entry.key in started and not entry.value:
            started[entry.key].clear()
        elif entry.key in started:
            started[entry.key].append((place, entry))
    start = replace(start, environment={**start.environment, **environment})
    step = 0
    for key in _EXEC:
        for place, entry in started[key]:
            words = entry.value.lstrip("@-:+!").replace("%%", "%")
            for command in run_text(words, Location(place, entry.line), start, scripts=scripts):
                yield replace(command, step=step)
                step += 1


def _read_assignments(value: str) -> Mapping[str, str]:
    try:
        words = shlex.split(value)
    except ValueError:
        words = value.split()
    return {name: text for name, equals, text in (word.partition("=") for word in words) if equals}


def run_supervisor(text: str, path: str, purpose: str, *, scripts: Scripts = NO_SCRIPTS) -> Iterator[Command]:
    """The commands of supervisor's programs; each program is a service."""
    programs: dict[str, dict[str, Entry]] = {}
    for entry in read_entries(text):
        match = _PROGRAM.match(entry.section)
        if match:
            programs.setdefault(match[2].strip(), {})[entry.key] = entry
    for name, entries in programs.items():
        if "command" not in entries or (
            "autostart" in entries and entries["autostart"].value.lower() == "false"
        ):
            continue
        environment = dict(
            _read_supervisor_environment(entries["environment"].value if "environment" in entries else "")
        )
        start = Start(name, "supervisor", purpose, environment=environment)
        command = re.sub(r"%\(ENV_(\w+)\)s", r"$\1", entries["command"].value)
        command = re.split(r"\s;", command)[0]
        yield from run_text(
            re.sub(r"%\((\w+)\)s", r"$\1", command),
            Location(path, entries["command"].line),
            start,
            scripts=scripts,
        )


def _read_supervisor_environment(value: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^,]*))", value):
        yield match[1], next((group for group in match.groups()[1:] if group is not None), "")
