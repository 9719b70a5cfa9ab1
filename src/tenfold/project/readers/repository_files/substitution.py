"""What the arguments and variables of a script decide: `$@`, `$1`, and conditions on them."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tenfold.project.command_line import resolve_variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.project.readers.repository_files.shell import Condition

LONGEST_ARGUMENTS = 4_000
"""Characters: a script that calls itself with `"$@$@"` doubles them each time."""
_POSITIONAL = re.compile(r"\$(?:\{(\d)(?::?-([^}]*))?\}|(\d))")


def decide(
    conditions: tuple[Condition, ...], arguments: tuple[str, ...] | None, known: Mapping[str, str]
) -> tuple[tuple[Condition, ...], bool]:
    """The conditions left over once those that are known to hold are gone; and whether one never holds."""
    left = []
    never = False
    for condition in conditions:
        holds = _holds(condition, arguments, known)
        if holds is not True:
            left.append(condition)
        never = never or holds is False
    return tuple(left), never


def _holds(condition: Condition, arguments: tuple[str, ...] | None, known: Mapping[str, str]) -> bool | None:
    value = _value(condition.subject, arguments, known) if condition.subject else None
    if value is None:
        return None
    matches = any(
        not fnmatchcase(value, p[1:]) if p.startswith("!") and len(p) > 1 else fnmatchcase(value, p)
        for p in condition.patterns
    )
    return matches != condition.negated


def _value(subject: str, arguments: tuple[str, ...] | None, known: Mapping[str, str]) -> str | None:
    """The text of a subject like `$1` or `$ROLE`, None when it is not known."""
    text = " ".join(put_arguments((subject,), arguments))
    if "$" not in text:
        return text
    match = re.fullmatch(r"\$(?:(\w+)|\{(\w+)(?::?-[^}]*)?\})", text)
    name = (match[1] or match[2]) if match else ""
    if name not in known:
        return None
    resolved = put_arguments((resolve_variables(text, known),), arguments)
    return None if not resolved or "$" in resolved[0] else resolved[0]


def put_arguments(words: tuple[str, ...], arguments: tuple[str, ...] | None) -> tuple[str, ...]:
    """`$@`, `$*`, `$1` replaced where the arguments are known."""
    if arguments is None or sum(map(len, arguments)) > LONGEST_ARGUMENTS:
        return words
    known = arguments

    def positional(match: re.Match[str]) -> str:
        index = int(match[1] or match[3])
        if 1 <= index <= len(known):
            return known[index - 1]
        return match[2] if match[2] is not None else match[0] if index == 0 else ""

    out: list[str] = []
    for word in words:
        if word in ("$@", "$*", "${@}", "${*}"):
            out.extend(known)
        else:
            text = word.replace("$*", " ".join(known)).replace("$@", " ".join(known))
            out.append(_POSITIONAL.sub(positional, text))
    return tuple(out)
