"""uWSGI's ini files: the hooks and daemons that every instance starts beside the application."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.readers.repository_files.launch import NO_SCRIPTS, run_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.readers.repository_files.launch import Scripts, Start
    from tenfold.project.repository import Command

_DAEMONS = frozenset(
    "attach-daemon attach-daemon2 smart-attach-daemon smart-attach-daemon2 legion-attach-daemon mule "
    "legion-smart-attach-daemon exec-pre-jail exec-post-jail exec-in-jail exec-as-root exec-as-user "
    "exec-pre-app exec-post-app exec-as-user-atexit exec-pre".split()
)
_HOOKS = re.compile(r"hook-(?:pre|post|as|asap|accepting)[\w-]*")
_OPTION = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*?))?\s*$")


@dataclass(frozen=True, slots=True)
class UwsgiOption:
    """One option of an ini file, in order; `condition` is the `if-env` it stands in."""

    name: str
    value: str
    line: int
    condition: str


def read_uwsgi_options(text: str) -> tuple[UwsgiOption, ...]:
    """The options of the [uwsgi] section; `if-env` ... `endif` kept as a condition."""
    options: list[UwsgiOption] = []
    conditions: list[str] = []
    inside = "[uwsgi" not in text
    for line, content in enumerate(text.splitlines(), start=1):
        bare = content.strip()
        if bare.startswith("["):
            inside = bare.startswith("[uwsgi")
            continue
        match = _OPTION.match(content) if inside and not bare.startswith((";", "#")) else None
        if not match:
            continue
        name, value = match[1].replace("_", "-"), match[2] or ""
        if name.startswith("if-"):
            conditions.append(f"{name} = {value}")
        elif name in ("endif", "end-if"):
            del conditions[-1:]
        else:
            options.append(UwsgiOption(name, value, line, " and ".join(conditions)))
    return tuple(options)


def run_uwsgi(text: str, path: str, start: Start, *, scripts: Scripts = NO_SCRIPTS) -> Iterator[Command]:
    """The commands of hooks and daemons."""
    for option in read_uwsgi_options(text):
        line = re.sub(r"%\((\w+)\)", r"$\1", _command_of(option))
        if not line:
            continue
        for command in run_text(line, Location(path, option.line), start, scripts=scripts):
            condition = " and ".join(c for c in (option.condition, command.condition) if c)
            yield replace(command, origin="uwsgi", condition=condition)


def _command_of(option: UwsgiOption) -> str:
    if option.name in _DAEMONS:
        match = re.match(r"(?:[\w./-]+\.pid\s+|cmd=|(?:\w+=[^,]*,)*cmd=)(.*)", option.value)
        return match[1] if match else option.value
    if _HOOKS.fullmatch(option.name) and option.value.startswith("exec:"):
        return option.value.removeprefix("exec:")
    return ""
