"""Scans one template's text: template tags, variables, and the HTML start tags that load or link.

The scanner is tolerant: any text gives a result. Template syntax is blanked out at equal length before the
HTML is read, so that quotes and angle brackets inside `{% %}` cannot mislead it and offsets stay true.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tenfold.project.templates import Element, Tag

if TYPE_CHECKING:
    from collections.abc import Iterator

BLANK = "\ue000"
"""Stands for one character of template syntax; a private-use code point, of no meaning in HTML."""

# Django's own lexer ends a tag at the line's end; Jinja2's does not.
_DJANGO = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}")
_JINJA2 = re.compile(_DJANGO.pattern, re.DOTALL)
_JINJA2_ONLY = re.compile(
    r"\{%-|-%\}|\{\{-|-\}\}|\{\{\s*[\w.]+\(|\{%\s*(?:import|macro|from)\s[^%\n]*%\}", re.ASCII
)
_LITERAL_BLOCKS = {"verbatim": "endverbatim", "raw": "endraw", "comment": "endcomment"}
_LITERAL_NAMES = {"django": ("verbatim", "comment"), "jinja2": ("raw",)}
_DJANGO_ARGUMENT = re.compile(r""":\s*(?:_\()?(?:"[^"]*"|'[^']*'|[\w.+-]+)\)?""")
_JINJA2_ARGUMENT = re.compile(r"(\|\s*\w+)\s*\([^()]*\)")

_OPENING = re.compile(
    rf"<(?:(!--)|(/?)(script|link|a|img|iframe|form|body|style|textarea|title)(?=[\s/>{BLANK}]))",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    rf"""[\s/{BLANK}]*+(?:(?P<end>>)|(?P<name>[^\s/>{BLANK}][^\s/>={BLANK}]*+)"""
    rf"""(?:\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<open>["'])|(?P<bare>[^\s>]++)))?)"""
)
_RAW_TEXT = frozenset({"script", "style", "textarea", "title"})
_KEPT = frozenset({"script", "link", "a", "img", "iframe", "form", "body"})
_MOST_BROKEN_TAGS = 50
"""A tag whose quote never closes is read to the text's end; beyond this many the rest is not HTML."""


class Scan(NamedTuple):
    """What one template's text holds, in order of appearance."""

    engine: str
    tags: tuple[Tag, ...]
    elements: tuple[Element, ...]
    variables: tuple[tuple[str, int], ...]


class _Token(NamedTuple):
    start: int
    end: int
    text: str


class _Template(NamedTuple):
    """Template syntax of one text: live tags and variables, what is blanked, what is commented out."""

    tags: list[tuple[int, str, str]]
    variables: list[tuple[int, str]]
    blanked: str
    comments: list[tuple[int, int]]


def scan_template(text: str, *, engine: str, markup: bool = True) -> Scan:
    """Tags, elements and variables of `text` with 1-based lines.

    `engine` is the one that the file's place suggests; syntax that only Jinja2 has overrules it.
    `markup=False` skips the HTML elements (a plain text mail).
    """
    if engine == "django" and _JINJA2_ONLY.search(text):
        engine = "jinja2"
    template = _read_template_syntax(text, engine)
    newlines = [match.start() for match in re.finditer("\n", text)]

    def line(offset: int) -> int:
        return bisect_right(newlines, offset - 1) + 1

    elements = (
        Element(name, attributes, line(start), hidden or _inside(template.comments, start))
        for name, attributes, start, hidden in (_find_elements(text, template.blanked) if markup else ())
    )
    return Scan(
        engine=engine,
        tags=tuple(Tag(name, rest, line(start)) for start, name, rest in template.tags),
        elements=tuple(elements),
        variables=tuple((expression, line(start)) for start, expression in template.variables),
    )


def _inside(spans: list[tuple[int, int]], offset: int) -> bool:
    """Whether the offset lies in one of the sorted, disjoint spans."""
    index = bisect_right(spans, (offset, len(spans) + offset)) - 1
    return index >= 0 and spans[index][0] <= offset < spans[index][1]


def _read_template_syntax(text: str, engine: str) -> _Template:
    tags: list[tuple[int, str, str]] = []
    variables: list[tuple[int, str]] = []
    comments: list[tuple[int, int]] = []
    # Past the last closing mark each `{{` would be searched to the end in vain.
    end = max(text.rfind(mark) for mark in ("%}", "}}", "#}")) + 2
    tokens = [_Token(m.start(), m.end(), m.group()) for m in _syntax(engine).finditer(text, 0, end)]
    closing, opened = "", 0
    for token in tokens:
        body = token.text[2:-2].strip("-+ \t\r\n")
        if closing:
            if token.text.startswith("{%") and body == closing:
                if closing == "endcomment":
                    comments.append((opened, token.start))
                tags.append((token.start, closing.partition(" ")[0], ""))
                closing = ""
        elif token.text.startswith("{#"):
            continue
        elif token.text.startswith("{{"):
            variables.append((token.start, _without_arguments(body, engine)))
        elif body:
            name, _, rest = body.replace("\n", " ").partition(" ")
            tags.append((token.start, name, rest.strip()))
            closing, opened = _closing_tag(name, rest.strip(), engine), token.end
    if closing == "endcomment":
        comments.append((opened, len(text)))
    return _Template(tags, variables, _blank(text, tokens), comments)


def _syntax(engine: str) -> re.Pattern[str]:
    return _JINJA2 if engine == "jinja2" else _DJANGO


def _closing_tag(name: str, rest: str, engine: str) -> str:
    """The tag that ends a literal block ("endverbatim name"), "" when `name` opens none."""
    if name not in _LITERAL_NAMES[engine]:
        return ""
    return f"{_LITERAL_BLOCKS[name]} {rest}".strip() if name == "verbatim" else _LITERAL_BLOCKS[name]


def _without_arguments(expression: str, engine: str) -> str:
    if "|" not in expression:
        return expression
    if engine == "jinja2":
        return _JINJA2_ARGUMENT.sub(r"\1", expression)
    value, _, filters = expression.partition("|")
    return f"{value}|{_DJANGO_ARGUMENT.sub('', filters)}"


def _blank(text: str, tokens: list[_Token]) -> str:
    if not tokens:
        return text
    parts = [text[: tokens[0].start]]
    for token, following in pairwise([*tokens, _Token(len(text), len(text), "")]):
        parts.append(BLANK * (token.end - token.start))
        parts.append(text[token.end : following.start])
    return "".join(parts)


def _find_elements(
    text: str, blanked: str
) -> Iterator[tuple[str, tuple[tuple[str, str | None], ...], int, bool]]:
    """(name, attributes, offset, stands in an HTML comment) of the start tags that load or link."""
    position, comment_end, broken = 0, -1, 0
    while found := _OPENING.search(blanked, position):
        start, position = found.start(), found.end()
        if found.group(1):
            if start >= comment_end:
                end = blanked.find("-->", position)
                comment_end = end if end >= 0 else len(text)
            continue
        if found.group(2):
            continue
        name = found.group(3).lower()
        attributes, end = _read_attributes(text, blanked, position)
        if end < 0:
            broken += 1
            end = blanked.find(">", position) + 1
            if broken > _MOST_BROKEN_TAGS or not end:
                return
        if name in _KEPT:
            yield name, attributes, start, start < comment_end
        position = _after_raw_text(blanked, name, end)


def _read_attributes(
    text: str, blanked: str, position: int
) -> tuple[tuple[tuple[str, str | None], ...], int]:
    """The attributes from `position` on, and the offset after the tag's `>` (-1: it never ends)."""
    attributes: list[tuple[str, str | None]] = []
    while match := _ATTRIBUTE.match(blanked, position):
        position = match.end()
        if match.group("end"):
            return tuple(attributes), position
        if match.group("open"):
            break
        kind = next((k for k in ("double", "single", "bare") if match.group(k) is not None), None)
        value = None if kind is None else html.unescape(text[slice(*match.span(kind))])
        attributes.append((match.group("name").lower(), value))
    return tuple(attributes), -1


def _after_raw_text(blanked: str, name: str, position: int) -> int:
    """Where markup goes on: behind the content of elements whose content is no markup."""
    if name not in _RAW_TEXT:
        return position
    closing = re.compile(rf"</{name}", re.IGNORECASE).search(blanked, position)
    return closing.start() if closing else position
