"""What a template reads of each row of a list: `{% for post in posts %}{{ post.author.name }}{% endfor %}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.templates import Tag, Template

_FOR = re.compile(r"(\w+)\s+in\s+([\w.]+)(?:\(\))?\s*(?:\||reversed|recursive|if\s|$)")
_TEXT = re.compile(r"""'[^']*'|"[^"]*\"""")


class TemplateLoop(NamedTuple):
    """One `{% for %}` over a plain name."""

    variable: str
    iterable: str
    line: int
    reads: tuple[tuple[str, int], ...]
    """(what is read of the variable: "author.name", line)."""


def find_loops(template: Template) -> Iterator[TemplateLoop]:
    """Its loops in the order in which they end; those inside `{% cache %}` run seldom and are left out."""
    opened: list[Tag] = []
    cached = 0
    for tag in template.tags:
        if tag.name in ("cache", "cached"):
            cached += 1
        elif tag.name in ("endcache", "endcached"):
            cached -= 1
        elif tag.name == "for":
            opened.append(tag)
        elif tag.name == "endfor" and opened:
            start = opened.pop()
            found = _FOR.match(start.rest)
            if found and cached <= 0:
                reads = tuple(_reads(template, found.group(1), start.line, tag.line))
                yield TemplateLoop(found.group(1), found.group(2), start.line, reads)


def _reads(template: Template, variable: str, first: int, last: int) -> Iterator[tuple[str, int]]:
    wanted = re.compile(rf"(?<![\w.]){variable}\.((?:\w+\.?)+)")
    texts = [(text, line) for text, line in template.variables if first <= line <= last]
    texts += [(tag.rest, tag.line) for tag in template.tags if first <= tag.line <= last]
    for text, line in texts:
        for match in wanted.finditer(_TEXT.sub("", text)):
            yield match.group(1).rstrip("."), line
