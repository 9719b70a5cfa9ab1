"""A visitor's words, in the way of web searches: words, "a phrase", -without, or. Nothing is an error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import category

TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
MARKS = "".join(
    chr(at) for at in (*range(0x300, 0x3100), *range(0xA66F, 0xABEE)) if category(chr(at)).startswith("M")
)
"""Signs on the letter before, such as the vowels of Hindi: `\\w` ends at them, where no engine does."""
WORD = re.compile(rf"\w[\w{MARKS}\u200c\u200d]*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; a term is a word, or several as a phrase."""

    groups: tuple[tuple[str, ...], ...]
    """All of them; of each, one term at least."""
    unwanted: tuple[str, ...]


def split_words(text: str) -> list[str]:
    """The words of a text, small."""
    return [word.lower() for word in WORD.findall(text)]


def read_words(words: str) -> Wanted | None:
    """None if there is nothing to look for: no word at all, or only words to leave out."""
    wanted: list[list[str]] = []
    unwanted: list[str] = []
    joined = False
    for sign, phrase, plain in TERM.findall(words):
        if plain.lower() == "or" and not sign:
            joined = bool(wanted)
            continue
        term = " ".join(WORD.findall(phrase or plain))
        if not term:
            continue
        if sign:
            unwanted.append(term)
        elif joined:
            wanted[-1].append(term)
        else:
            wanted.append([term])
        joined = False
    return Wanted(tuple(map(tuple, wanted)), tuple(unwanted)) if wanted else None


def to_fts5(words: str) -> str:
    """A query of FTS5 in which everything is quoted; "" if there is nothing to look for."""
    read = read_words(words)
    if read is None:
        return ""
    query = " AND ".join(f"({_join(group)})" for group in read.groups)
    return f"({query}) NOT ({_join(read.unwanted)})" if read.unwanted else query


def _join(terms: tuple[str, ...]) -> str:
    return " OR ".join(f'"{term}"' for term in terms)
