"""A visitor's words, in the way of web searches, as a query of FTS5: everything is quoted, nothing is an error."""

from __future__ import annotations

import re

TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
WORD = re.compile(r"\w+")


def split_words(text: str) -> list[str]:
    """The words of a text, small."""
    return [word.lower() for word in WORD.findall(text)]


def to_fts5(words: str) -> str:
    """ "" if there is nothing to look for: no word at all, or only words to leave out."""
    wanted: list[list[str]] = []
    unwanted: list[str] = []
    joined = False
    for sign, phrase, plain in TERM.findall(words):
        if plain.lower() == "or" and not sign:
            joined = bool(wanted)
            continue
        found = WORD.findall(phrase or plain)
        if not found:
            continue
        quoted = f'"{" ".join(found)}"'
        if sign:
            unwanted.append(quoted)
        elif joined:
            wanted[-1].append(quoted)
        else:
            wanted.append([quoted])
        joined = False
    if not wanted:
        return ""
    query = " AND ".join(f"({' OR '.join(group)})" for group in wanted)
    return f"({query}) NOT ({' OR '.join(unwanted)})" if unwanted else query
