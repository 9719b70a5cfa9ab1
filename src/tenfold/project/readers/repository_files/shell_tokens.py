"""Words and operators of a shell text. Never fails: what is not closed ends with the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPERATOR = re.compile(r"&&|\|\|\||\|\||;;&|;;|;&|;|\|&|\||&(?!>)|\(|\)")
_REDIRECT = re.compile(r"(?:\d*|&)(?:<<<|<<-?|>>|>&|<&|>\||<>|<(?!\()|>(?!\())|&>>?")
_PLAIN = re.compile(r"[^\s'\"\\$`;&|()<>#]+")
_QUOTES = frozenset("\\'\"")
_SPACE = re.compile(r"[ \t\r\f\v]+|\\\r?\n")


@dataclass(frozen=True, slots=True)
class Token:
    """One word (`value` without quotes, `raw` as written) or one operator ("\\n" included)."""

    value: str
    raw: str
    line: int
    operator: bool = False


class _Lexer:
    """The position in one text: the state of the reading."""

    def __init__(self, text: str, line: int) -> None:
        self.text = text
        self.at = 0
        self.line = line
        self.counted = 0
        self.heredocs: list[tuple[str, bool]] = []
        self.tokens: list[Token] = []

    def count(self) -> int:
        """The line of the present position."""
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def run(self) -> list[Token]:
        while self.at < len(self.text):
            self.step()
        return self.tokens

    def step(self) -> None:
        text, at = self.text, self.at
        if space := _SPACE.match(text, at):
            self.at = space.end()
        elif text[at] == "#":
            self.at = _find(text, "\n", at)
        elif text[at] == "\n":
            self.operator("\n")
            self.skip_heredocs()
        elif text.startswith(("[[ ", "((", "[[\t"), at):
            self.test_word()
        elif redirect := _REDIRECT.match(text, at):
            self.redirect(redirect)
        elif operator := _OPERATOR.match(text, at):
            self.operator(operator[0])
        else:
            self.word()

    def operator(self, value: str) -> None:
        self.tokens.append(Token(value, value, self.count(), operator=True))
        self.at += len(value)

    def test_word(self) -> None:
        start, line = self.at, self.count()
        closing = "]]" if self.text[start] == "[" else "))"
        end = _find(self.text, closing, start)
        self.at = min(end + 2, len(self.text))
        raw = self.text[start : self.at]
        self.tokens.append(Token(raw, raw, line))

    def redirect(self, match: re.Match[str]) -> None:
        self.at = match.end()
        while (space := _SPACE.match(self.text, self.at)) is not None:
            self.at = space.end()
        before = len(self.tokens)
        if self.at < len(self.text) and self.text[self.at] not in "\n;&|()<>":
            self.word()
        target = self.tokens[before:]
        del self.tokens[before:]
        if target and re.search(r"<<-?$", match[0]):
            self.heredocs.append((target[0].value, match[0].endswith("-")))

    def skip_heredocs(self) -> None:
        for delimiter, tabs in self.heredocs:
            while self.at < len(self.text):
                end = _find(self.text, "\n", self.at)
                written = self.text[self.at : end].rstrip("\r")
                self.at = min(end + 1, len(self.text))
                if (written.lstrip("\t") if tabs else written) == delimiter:
                    break
        self.heredocs.clear()

    def word(self) -> None:
        start, line = self.at, self.count()
        value: list[str] = []
        while self.at < len(self.text):
            piece = self.piece()
            if piece is None:
                break
            value.append(piece)
        if self.at == start:  # a character that begins nothing
            self.at += 1
            return
        self.tokens.append(Token("".join(value), self.text[start : self.at], line))

    def piece(self) -> str | None:
        """The value of the next piece of a word; None where the word ends."""
        text, at = self.text, self.at
        if plain := _PLAIN.match(text, at):
            self.at = plain.end()
            return plain[0]
        character = text[at]
        if character in _QUOTES:
            return self.quoted(character)
        if character in "$`" or text.startswith(("<(", ">("), at):
            self.at = _end_of_expansion(text, at)
        elif character == "#":
            self.at += 1
        elif character == "(" and at and text[at - 1] == "=":  # an array
            self.at = _end_of_expansion(text, at - 1)
        return text[at : self.at] or None

    def quoted(self, character: str) -> str:
        if character == "\\":
            return self.escape()
        if character == '"':
            return self.double_quoted()
        at = self.at
        end = _find(self.text, "'", at + 1)
        self.at = min(end + 1, len(self.text))
        return self.text[at + 1 : end]

    def escape(self) -> str:
        following = self.text[self.at + 1 : self.at + 2]
        self.at = min(self.at + 2, len(self.text))
        return "" if following == "\n" else following

    def double_quoted(self) -> str:
        text, at = self.text, self.at + 1
        value: list[str] = []
        while at < len(text) and text[at] != '"':
            if text[at] == "\\" and text[at + 1 : at + 2] in ('"', "\\", "$", "`", "\n"):
                value.append("" if text[at + 1] == "\n" else text[at + 1])
                at += 2
            else:
                end = _end_of_expansion(text, at) if text[at] in "$`" else at + 1
                value.append(text[at:end])
                at = end
        self.at = min(at + 1, len(text))
        return "".join(value)


def split_tokens(text: str, line: int = 1) -> list[Token]:
    """The tokens of a shell text; comments, redirections and here-documents are left out."""
    return _Lexer(text, line).run()


def split_words(text: str) -> tuple[str, ...]:
    """The words of one simple command, operators as words of their own."""
    return tuple(token.value for token in split_tokens(text) if token.value != "\n")


def _find(text: str, what: str, start: int) -> int:
    found = text.find(what, start)
    return len(text) if found < 0 else found


def _end_of_expansion(text: str, start: int) -> int:
    """Where `$name`, `${...}`, `$(...)`, `<(...)` or a backtick expansion that begins at `start` ends."""
    if text[start] == "`":
        return min(_find(text, "`", start + 1) + 1, len(text))
    opening = text[start + 1 : start + 2]
    if opening == "'" and text[start] == "$":
        return start + 1
    if opening not in ("(", "{"):
        match = re.compile(r"\$(?:\w+|[@*#?$!-])?").match(text, start)
        return match.end() if match else start + 1
    closing = ")" if opening == "(" else "}"
    depth = 0
    for index in range(start + 1, len(text)):
        depth += (text[index] == opening) - (text[index] == closing)
        if not depth:
            return index + 1
    return len(text)
