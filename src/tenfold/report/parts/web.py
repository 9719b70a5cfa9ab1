"""Pieces of the HTML report: dials and highlighted code."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup, escape
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # Pygments has no types
from pygments.token import Token  # type: ignore[import-untyped]  # Pygments has no types

from tenfold.report.parts.order import grade
from tenfold.report.parts.plain import clean_text, shorten
from tenfold.report.parts.remedy import find_language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.audit.result import Reported
    from tenfold.report.parts.remedy import Block

_LINE_LIMIT = 400
_LINES = 60
_SEGMENT, _GAP = 8.6, 1.4
"""Ten segments and ten gaps make a circle of length 100."""
_CLASSES = (
    (Token.Comment, "c"),
    (Token.Keyword, "k"),
    (Token.Literal.String, "s"),
    (Token.Literal.Number, "m"),
    (Token.Name.Function, "f"),
    (Token.Name.Class, "f"),
    (Token.Name.Tag, "k"),
    (Token.Name.Builtin, "f"),
    (Token.Name.Decorator, "f"),
    (Token.Name.Attribute, "f"),
)


def draw_dial(score: int | None, label: str) -> Markup:
    """A ring of ten segments, filled clockwise from the top; `label` is what a screen reader says."""
    ring = Markup('<circle cx="50" cy="50" r="42" pathLength="100" stroke-dasharray="{}" class="{}"/>')
    empty = ring.format(f"{_SEGMENT} {_GAP}", "ring")
    filled = ring.format(_dash(score), "fill") if score else Markup("")
    text = "–" if score is None else str(score)
    return Markup(
        '<svg class="dial {}" viewBox="0 0 100 100" role="img" aria-label="{}">'
        '<g transform="rotate(-87.5 50 50)">{}{}</g>'
        '<text x="50" y="50" dy=".36em">{}</text></svg>'
    ).format(grade(score), label, empty, filled, text)


def highlight_block(block: Block) -> Markup:
    """Code of a remedy, highlighted."""
    lines = [shorten(line, _LINE_LIMIT) for line in clean_text(block.text).splitlines()[:_LINES]]
    return Markup("\n").join(_highlight("\n".join(lines), block.language))


def highlight_snippet(reported: Reported) -> Markup:
    """The lines around a finding with their numbers; the finding's own line is marked."""
    where = reported.finding.where
    lines = [shorten(clean_text(text).replace("\n", " "), _LINE_LIMIT) for _, text in reported.snippet]
    shown = _highlight("\n".join(lines), find_language(where.path))
    rows = []
    for (number, _), line in zip(reported.snippet, shown, strict=False):
        mark = " hit" if number == where.line else ""
        rows.append(Markup('<span class="row{}"><i>{}</i>{}</span>').format(mark, number, line or " "))
    return Markup("").join(rows)


def _dash(score: int) -> str:
    """Dashes that draw `score` hundredths of the ten segments."""
    whole, rest = divmod(score, 10)
    dashes = [f"{_SEGMENT} {_GAP}"] * whole
    if rest:
        dashes.append(f"{_SEGMENT * rest / 10:.2f} {_GAP}")
    return " ".join([*dashes, "0 100"])


def _highlight(text: str, language: str) -> list[Markup]:
    """Lines of `text` as HTML."""
    lines: list[list[Markup]] = [[]]
    for kind, value in _tokenise(text, language):
        for number, part in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append(Markup('<b class="{}">{}</b>').format(kind, part) if kind else escape(part))
    wanted = text.count("\n") + 1
    return [Markup("").join(line) for line in lines[:wanted]]


def _tokenise(text: str, language: str) -> Iterable[tuple[str, str]]:
    if not language or language == "text":
        return [("", text)]
    tokens = [(_classify(token), value) for token, value in _load_lexer(language).get_tokens(text)]
    runs = groupby(tokens, key=lambda token: token[0])
    return [(kind, "".join(value for _, value in run)) for kind, run in runs]


@lru_cache(maxsize=32)
def _load_lexer(language: str):  # type: ignore[no-untyped-def]  # Pygments has no types
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


def _classify(token: object) -> str:
    return next((name for kind, name in _CLASSES if token in kind), "")
