"""Refuses a change after which a file no longer parses."""

from __future__ import annotations

import ast
import json
import tomllib
from typing import TYPE_CHECKING

import yaml

from tenfold.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.edits.draft import Draft


def _parse_yaml(text: str) -> None:
    for _ in yaml.parse(text):  # events only: tags of CI systems and CloudFormation stay unknown
        pass


def _parse_python(text: str) -> None:
    ast.parse(text)


def _parse_toml(text: str) -> None:
    tomllib.loads(text.replace("\r\n", "\n"))


def _parse_json(text: str) -> None:
    json.loads(text)


def parser_of(path: str) -> Callable[[str], None] | None:
    """The parser for a file's kind, None for kinds that have no syntax to hold."""
    suffix = path.rpartition(".")[2].lower()
    return {
        "py": _parse_python,
        "pyi": _parse_python,
        "toml": _parse_toml,
        "json": _parse_json,
        "yaml": _parse_yaml,
        "yml": _parse_yaml,
    }.get(suffix)


def refuse_broken(draft: Draft) -> None:
    """EditError when the present text does not parse although the text as read did (or is new)."""
    parse = parser_of(draft.path)
    if parse is None:
        return
    error = _error(parse, draft.text)
    if not error:
        return
    if draft.original is not None:
        before = draft.original[len(draft.encoding.bom) :].decode(draft.encoding.name)
        if _error(parse, before):
            return
    raise EditError(f"{draft.path} would no longer parse after this change; it is left alone", why=error)


def _error(parse: Callable[[str], None], text: str) -> str:
    try:
        parse(text)
    except (SyntaxError, ValueError, yaml.YAMLError, RecursionError, MemoryError) as error:
        return str(error)
    return ""
