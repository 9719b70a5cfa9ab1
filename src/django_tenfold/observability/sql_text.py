"""What a statement looks like without its values: to be logged, and to recognise it again."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

_LONGEST = 4_096
"""Characters of a statement that are logged; its fingerprint is made of these too."""

# One alternative for each kind, in one pass: a quote within a comment or the other way round cannot mislead it.
# Whether a backslash before a quote escapes it depends on the dialect and its settings: from there on everything
# is taken for text, since what is taken for SQL would be logged.
_KINDS = r"""
    (?P<gap> (?: \s | /\*.*?(?:\*/|\Z) | --[^\n]* )+ )
  | (?P<name> {names} )
  | (?P<dollar> \$(?P<tag>[A-Za-z_]*)\$ .*? (?: \$(?P=tag)\$ | \Z ) )
  | (?P<text> [EeBbXxNn]?(?P<quote>{quotes}) (?: (?!(?P=quote))[^\\] | (?P=quote)(?P=quote) | \\+(?!(?P=quote))[^\\] )*
      (?: (?P=quote) | \\+(?P=quote).* | \\*$ ) )
  | (?P<number> (?<![\w.$"])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b )
"""
_STANDARD = re.compile(
    _KINDS.format(names=r'"(?:[^"]|"")*" | `(?:[^`]|``)*`', quotes="'"), re.VERBOSE | re.DOTALL
)
_MYSQL = re.compile(_KINDS.format(names=r"`(?:[^`]|``)*`", quotes="['\"]"), re.VERBOSE | re.DOTALL)
"""There "..." is a text, not a name."""
_LISTS = re.compile(r"\(\s*(?:%s|\?|NULL)(?:\s*,\s*(?:%s|\?|NULL))+\s*\)", re.IGNORECASE)
_ROWS = re.compile(r"\(\.\.\.\)(?:\s*,\s*\(\.\.\.\))+")


@lru_cache(maxsize=512)
def normalise(sql: str, vendor: str = "") -> str:
    """The statement with ? for each literal, (...) for each list of them, without comments, on one line."""
    tokens = _MYSQL if vendor == "mysql" else _STANDARD
    text = tokens.sub(_replace, sql[: 2 * _LONGEST])
    text = _ROWS.sub("(...), ...", _LISTS.sub("(...)", text))
    return text.strip(" ;")[:_LONGEST]


def _replace(match: re.Match[str]) -> str:
    if match["name"]:
        return match[0]
    return " " if match["gap"] else "?"


def shorten_digest(text: str) -> str:
    """12 hexadecimal digits that stand for a text: of a normalised statement, its fingerprint."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


_PLAN_TEXT = re.compile(r"'(?:[^']|'')*(?:'|$)")
_PLAN_NUMBER = re.compile(r"(?<![\w.$\"])-?\d+(?:\.\d+)?\b")


def mask_plan(line: str) -> str:
    """A line of a plan without the values it was made for; costs and row counts stay."""
    line = _PLAN_TEXT.sub("?", line)
    return line if "(cost=" in line else _PLAN_NUMBER.sub("?", line)


def describe_parameters(params: object) -> str:
    """Kinds and sizes, no values: "int, str(12), list(500)"."""
    if not isinstance(params, list | tuple):
        return "" if params is None else type(params).__name__
    shown = [
        f"{type(one).__name__}({len(one)})"
        if isinstance(one, str | bytes | list | tuple)
        else type(one).__name__
        for one in params[:20]
    ]
    return ", ".join(shown) + (f", ... ({len(params)})" if len(params) > 20 else "")
