"""A practice's page in pieces: why, how it is judged, links."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINK = re.compile(r"https?://\S+$")
_HOLDS = re.compile(
    r"(?m)^\s*(?:It h|H)olds\b|(?<=\. )Holds (?:when|where)\b|^\s*(?:Only )?[Rr]eported\b(?=:| are| is)"
)


@dataclass(frozen=True, slots=True)
class Page:
    """`why` and `holds` (when it holds, what is reported) are paragraphs of one line each."""

    why: tuple[str, ...]
    holds: tuple[str, ...]
    links: tuple[str, ...]

    @property
    def short(self) -> str:
        """The first paragraph: why at scale."""
        return self.why[0] if self.why else ""


def read_page(text: str, links: tuple[str, ...] = ()) -> Page:
    """The page whose text (after its first line) is `text`; `links` are shown beside those it names."""
    lines = text.splitlines()
    named = [line.strip() for line in lines if _LINK.match(line.strip())]
    prose = "\n".join(line for line in lines if not _LINK.match(line.strip()))
    match = _HOLDS.search(prose)
    why, holds = (prose[: match.start()], prose[match.start() :]) if match else (prose, "")
    return Page(_split(why), _split(holds), tuple(dict.fromkeys([*named, *links])))


def _split(text: str) -> tuple[str, ...]:
    paragraphs = re.split(r"\n\s*\n", text)
    return tuple(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip())
