"""uWSGI: its options from ini, yaml and xml files and from command lines.

Option names: https://uwsgi-docs.readthedocs.io/en/latest/Options.html. They keep their hyphens; short names
and synonyms are written as the long ones. An option that is given several times keeps every value in order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.readers.server_files.words import Grammar, read_literal, read_value, split_options
from tenfold.project.settings import MISSING, Possible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SYNONYMS = {
    "workers": "processes", "p": "processes", "s": "socket", "uwsgi-socket": "socket", "M": "master",
    "T": "enable-threads", "t": "harakiri", "R": "max-requests", "b": "buffer-size", "l": "listen",
    "H": "virtualenv", "home": "virtualenv", "venv": "virtualenv", "pyhome": "virtualenv", "w": "module",
    "wsgi": "module", "z": "socket-timeout", "i": "single-interpreter", "d": "daemonize", "logto": "logto",
    "L": "disable-logging", "C": "chmod-socket", "pp": "pythonpath", "python-path": "pythonpath",
}  # fmt: skip
_FLAGS = frozenset(
    "master enable-threads single-interpreter disable-logging vacuum die-on-term need-app lazy lazy-"
    " apps strict thunder-lock memory-report no-orphans http-auto-chunked http-keepalive offload-"
    " threads-static harakiri-verbose ignore-sigpipe ignore-write-errors disable-write-exception log-x-"
    " forwarded-for auto-procname http-raw-body no-default-app catch-exceptions".split()
)
_GRAMMAR = Grammar(
    names={f"{'--' if len(name) > 2 else '-'}{name}": own for name, own in _SYNONYMS.items()},
    flags=_FLAGS,
    separator="-",
)
_LOGIC = re.compile(r"^(if|if-not|else-if)-?(\w*)(?:-(\w+))?$")
_PLACEHOLDER = re.compile(r"\$\((\w+)\)")
_YAML_PAIR = re.compile(r"^\s+-?\s*([\w-]+)\s*:\s*(.*?)\s*(?:#.*)?$")
_XML_PAIR = re.compile(r"<([\w-]+)\s*(?:/>|>([^<]*)</\1>)")

Options = dict[str, tuple[Possible, ...]]


def read_ini(text: str, path: str) -> Options:
    """Options of the `[uwsgi]` section with the `if-env` blocks that they stand in as condition."""
    pairs: list[tuple[str, str, int, str]] = []
    inside, conditions = False, list[str]()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("["):
            inside = line.lower() == "[uwsgi]"
        elif inside and line and line[0] not in "#;":
            name, equals, value = (part.strip() for part in line.partition("="))
            if name in ("endif", "end", "endfor"):
                conditions[-1:] = []
            elif name.startswith(("if-", "for")) or name == "if":
                conditions.append(f"{name} {value}".strip())
            else:
                pairs.append((name, value if equals else "true", number, " and ".join(conditions)))
    return _gather(pairs, path)


def read_yaml(text: str, path: str) -> Options:
    """Options of a `uwsgi:` mapping. uWSGI's own reader takes lines, so keys may repeat."""
    head = re.search(r"^uwsgi:\s*$", text, re.MULTILINE)
    if not head:
        return {}
    first = text.count("\n", 0, head.end()) + 2
    pairs = []
    for number, line in enumerate(text[head.end() :].split("\n")[1:], first):
        if line.strip() and not line[0].isspace():
            break
        if match := _YAML_PAIR.match(line):
            pairs.append((match[1], match[2].strip("\"'"), number, ""))
    return _gather(pairs, path)


def read_xml(text: str, path: str) -> Options:
    """Options of a `<uwsgi>` element: `<master/>`, `<processes>4</processes>`."""
    start = text.find("<uwsgi")
    if start < 0:
        return {}
    text = re.sub(r"<!--.*?-->", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)
    pairs = [
        (match[1], (match[2] or "true").strip(), text.count("\n", 0, match.start()) + 1, "")
        for match in _XML_PAIR.finditer(text)
    ]
    return _gather(pairs, path)


def read_command_line(words: Sequence[str], where: Location, environment: Mapping[str, str]) -> Options:
    """Options of a command line (without the program's own name), UWSGI_* variables below them.

    A positional configuration file is the option "config".
    """
    found: Options = {}
    for name, value in environment.items():
        if name.startswith("UWSGI_"):
            own = name.removeprefix("UWSGI_").lower().replace("_", "-")
            possible = read_value(value, where, environment=environment)
            found[_SYNONYMS.get(own, own)] = (Possible(possible.value, where, variable=name),)
    given: Options = {}
    for option in split_options(words, _GRAMMAR):
        own = option.name or "config"
        possible = read_value(
            "true" if option.value is None else option.value, where, environment=environment
        )
        given[own] = (*given.get(own, ()), possible)
    return {**found, **given}


def _gather(pairs: Iterable[tuple[str, str, int, str]], path: str) -> Options:
    found: Options = {}
    for name, value, line, condition in pairs:
        own = _SYNONYMS.get(name, name.replace("_", "-"))
        found[own] = (*found.get(own, ()), _read(value, Location(path, line), condition))
    return found


def _read(value: str, where: Location, condition: str) -> Possible:
    placeholder = _PLACEHOLDER.search(value)
    if placeholder is None:
        return Possible(read_literal(value), where, condition)
    whole = placeholder.group() == value
    return Possible(MISSING if whole else value, where, condition, placeholder[1])
