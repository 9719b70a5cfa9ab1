"""Texts as terms: the standard analyzer, and one for English with its stop words and a rough stemmer.

https://www.elastic.co/guide/en/elasticsearch/reference/current/analysis-lang-analyzer.html#english-analyzer
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WORD = re.compile(r"\w(?:\w|[\u0300-\u036f\u0900-\u0903\u093a-\u094f])*")
"""With the signs on letters of Latin and Devanagari: https://unicode.org/reports/tr29/#WB4"""
STOPS = {
    *"a an and are as at be but by for if in into is it no not of on or such that the their then there these".split(),
    *"they this to was will with".split(),
}


@dataclass(frozen=True, slots=True)
class Token:
    term: str
    start: int
    end: int


def analyze(text: str, analyzer: str) -> list[Token | None]:
    """In their order; None where a stop word stood, so that phrases keep their distances."""
    tokens: list[Token | None] = []
    for found in WORD.finditer(text):
        term = found[0].lower()
        if analyzer == "english":
            term = "" if term in STOPS else _stem(term)
        tokens.append(Token(term, *found.span()) if term else None)
    return tokens


def terms_of(text: str, analyzer: str) -> list[str]:
    return [token.term for token in analyze(text, analyzer) if token]


def _stem(word: str) -> str:
    for ending, other in (("ies", "i"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending) + other
            break
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def edits(one: str, other: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours, as Lucene's DirectSpellChecker counts them."""
    before: list[int] = []
    row = [*range(len(other) + 1)]
    for at, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [at]
        for to, found in enumerate(other, start=1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != found))
            if earlier and to > 1 and letter == other[to - 2] and one[at - 2] == found:
                cost = min(cost, earlier[to - 2] + 1)
            row.append(cost)
    return row[-1]
