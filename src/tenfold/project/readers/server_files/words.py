"""Options out of a command line's words, and values out of the shell's and configuration files' text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tenfold.project.settings import MISSING, Possible, Undetermined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenfold.project.model import Location

_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::?[-=](?P<default>[^}]*))?\}|(?P<plain>[A-Za-z_]\w*))")
_COMPUTED = re.compile(r"\$\(|`")
_INTEGER = re.compile(r"[+-]?\d+")
_WORDS_OF_TRUTH: Mapping[str, bool] = {
    "true": True,
    "yes": True,
    "on": True,
    "false": False,
    "no": False,
    "off": False,
}


class Option(NamedTuple):
    """One option as given: `value` None for a bare flag; `name` "" for a positional word."""

    name: str
    value: str | None


class Grammar(NamedTuple):
    """How a server's command line is read: short and long names to its own names, flags without value."""

    names: Mapping[str, str]
    flags: frozenset[str]
    """Own names of options that take no value."""
    separator: str = "_"
    """What joins the words of an own name: `--max-requests` -> "max_requests"."""


def split_options(words: Sequence[str], grammar: Grammar) -> list[Option]:
    """The options and positional words of a command line (the program itself left out), in order."""
    options: list[Option] = []
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if word == "--":
            return [*options, *(Option("", rest) for rest in words[index:])]
        if not word.startswith("-") or word == "-":
            options.append(Option("", word))
            continue
        name, value = _split_word(word, grammar)
        takes_value = value is None and name not in grammar.flags
        if takes_value and index < len(words) and (not words[index].startswith("-") or words[index] == "-"):
            value = words[index]
            index += 1
        options.append(Option(name, value))
    return options


def _split_word(word: str, grammar: Grammar) -> tuple[str, str | None]:
    """(own name, attached value) of `--name=value`, `--name`, `-n`, `-nvalue`."""
    if word.startswith("--") or word in grammar.names:
        written, equals, value = word.partition("=")
        own = grammar.names.get(written, written.lstrip("-").replace("-", grammar.separator))
        return own, value if equals else None
    own = grammar.names.get(word[:2], word[1:2])
    return own, word[2:].removeprefix("=") or None


def read_value(
    text: str, where: Location, *, environment: Mapping[str, str], condition: str = ""
) -> Possible:
    """The value of one option's text.

    `$NAME`, `${NAME}` and `${NAME:-default}` are filled from `environment`, else from the default; a value
    that is one such variable without default is MISSING. A command substitution is Undetermined.
    """
    if _COMPUTED.search(text):
        return Possible(Undetermined(f"{text} is computed when the server starts"), where, condition)
    variables = list(_VARIABLE.finditer(text))
    if not variables:
        return Possible(read_literal(text), where, condition)
    names = [match["braced"] or match["plain"] for match in variables]
    whole = len(variables) == 1 and variables[0].group() == text
    if whole and names[0] not in environment and variables[0]["default"] is None:
        return Possible(MISSING, where, condition, names[0])
    filled = _VARIABLE.sub(lambda match: _fill(match, environment), text)
    return Possible(read_literal(filled), where, condition, names[0])


def _fill(match: re.Match[str], environment: Mapping[str, str]) -> str:
    name, default = match["braced"] or match["plain"], match["default"]
    return environment.get(name, match.group() if default is None else default)


def read_literal(text: str) -> object:
    """An int or bool where the text is one, else the text."""
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 20 else text
    return _WORDS_OF_TRUTH.get(text.lower(), text)
