"""Shell scripts as statements: each simple command with its line and the conditions it stands under."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tenfold.project.readers.repository_files.shell_tokens import split_tokens

if TYPE_CHECKING:
    from tenfold.project.readers.repository_files.shell_tokens import Token

_OPENERS = frozenset(
    {"if", "while", "until", "for", "select", "case", "{", "function", "!", "time", "coproc"}
)
_SEPARATORS = frozenset({"\n", ";", "&"})
_TESTS = frozenset({"[", "test", "grep", "command", "which", "type", "pgrep", "nc", "ls"})
MAXIMUM_DEPTH = 40
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: `text` as a person reads it; where it compares one word with patterns, these too.

    `negated` is True in an `else` branch and behind `||`.
    """

    text: str
    subject: str = ""
    patterns: tuple[str, ...] = ()
    negated: bool = False

    def negate(self) -> Condition:
        return replace(self, negated=not self.negated)

    def __str__(self) -> str:
        return f"if not {self.text.removeprefix('if ')}" if self.negated else self.text


@dataclass(frozen=True, slots=True)
class Statement:
    """One simple command."""

    tokens: tuple[Token, ...]
    conditions: tuple[Condition, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(token.value for token in self.tokens)

    @property
    def text(self) -> str:
        return " ".join(token.raw for token in self.tokens)

    @property
    def line(self) -> int:
        return self.tokens[0].line if self.tokens else 0


@dataclass(frozen=True)
class Script:
    """The statements of a script in order; the bodies of its functions apart."""

    statements: tuple[Statement, ...]
    functions: dict[str, tuple[Statement, ...]] = field(default_factory=dict)


def read_shell(text: str, line: int = 1) -> Script:
    """Read a shell text that begins on `line`. What is not shell gives harmless statements, no error."""
    parser = _Parser(split_tokens(text, line))
    while parser.at < len(parser.tokens):
        parser.read_list(frozenset())
        parser.at += 1  # a stray closing word
    return Script(tuple(parser.statements), parser.functions)


class _Parser:
    """The position in the tokens: the state of the reading."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.conditions: tuple[Condition, ...] = ()
        self.statements: list[Statement] = []
        self.functions: dict[str, tuple[Statement, ...]] = {}
        self.depth = 0

    def peek(self, offset: int = 0) -> Token | None:
        index = self.at + offset
        return self.tokens[index] if index < len(self.tokens) else None

    def read_list(self, ends: frozenset[str]) -> tuple[Token, ...]:
        """Read commands up to one of `ends` (which is not consumed); returns the tokens it went over."""
        start = self.at
        outer = self.conditions
        left: tuple[Token, ...] = ()
        while (token := self.peek()) is not None and token.raw not in ends:
            if token.operator:
                if token.value in (")", ";;", ";&", ";;&"):
                    break
                self.join(token, left, outer)
                self.at += 1
                if token.value == "(" and self.depth < MAXIMUM_DEPTH:
                    self.depth += 1
                    self.group(")")
                    self.depth -= 1
                continue
            begin = self.at
            self.command(token)
            left = tuple(self.tokens[begin : self.at])
        self.conditions = outer
        return tuple(self.tokens[start : self.at])

    def join(self, operator: Token, left: tuple[Token, ...], outer: tuple[Condition, ...]) -> None:
        """The conditions of what follows an operator."""
        if operator.value in _SEPARATORS:
            self.conditions = outer
        elif operator.value == "||":
            self.conditions = (*outer, _condition_of(left).negate())
        elif operator.value == "&&" and left and _is_test(left):
            self.conditions = (*self.conditions, _condition_of(left))

    def command(self, token: Token) -> None:
        self.depth += 1
        try:
            if self.depth > MAXIMUM_DEPTH:
                self.at += 1
            elif token.raw in _OPENERS:
                self.compound(token.raw)
            elif self.is_function():
                self.function()
            else:
                self.simple()
        finally:
            self.depth -= 1

    def is_function(self) -> bool:
        following = [self.peek(1), self.peek(2)]
        return [t.value if t and t.operator else "" for t in following] == ["(", ")"]

    def compound(self, word: str) -> None:
        self.at += 1
        if word == "if":
            self.read_if()
        elif word == "case":
            self.read_case()
        elif word in ("while", "until"):
            self.read_loop(word)
        elif word in ("for", "select"):
            self.read_for()
        elif word == "{":
            self.group("}")
        elif word == "function":
            self.function()

    def simple(self) -> None:
        begin = self.at
        while (token := self.peek()) is not None and not token.operator:
            self.at += 1
        if self.at == begin:
            self.at += 1
            return
        self.statements.append(Statement(tuple(self.tokens[begin : self.at]), self.conditions))

    def group(self, end: str) -> None:
        self.read_list(frozenset({end}))
        self.expect(end)

    def expect(self, value: str) -> None:
        token = self.peek()
        if token is not None and token.raw == value:
            self.at += 1

    def function(self) -> None:
        name = self.peek()
        self.at += 1
        while (token := self.peek()) is not None and token.operator and token.value in ("(", ")", "\n"):
            self.at += 1
        outer, statements = self.conditions, self.statements
        self.conditions, self.statements = (), []
        opening = self.peek()
        if opening is not None:
            self.command(opening)
        if name is not None:
            self.functions[name.value] = tuple(self.statements)
        self.conditions, self.statements = outer, statements

    def read_if(self) -> None:
        outer = self.conditions
        passed: tuple[Condition, ...] = ()
        while True:
            test = self.read_list(frozenset({"then"}))
            self.expect("then")
            condition = _condition_of(test)
            self.conditions = (*outer, *passed, condition)
            self.read_list(frozenset({"elif", "else", "fi"}))
            passed = (*passed, condition.negate())
            token = self.peek()
            if token is None or token.raw != "elif":
                break
            self.conditions = (*outer, *passed)
            self.at += 1
        if token is not None and token.raw == "else":
            self.at += 1
            self.conditions = (*outer, *passed)
            self.read_list(frozenset({"fi"}))
        self.expect("fi")
        self.conditions = outer

    def read_loop(self, word: str) -> None:
        outer = self.conditions
        test = self.read_list(frozenset({"do"}))
        self.expect("do")
        condition = _condition_of(test, word)
        if test and test[0].value not in ("true", ":", "1"):
            self.conditions = (*outer, condition)
        self.read_list(frozenset({"done"}))
        self.expect("done")
        self.conditions = outer

    def read_for(self) -> None:
        while (token := self.peek()) is not None and token.raw != "do":
            self.at += 1
        self.expect("do")
        self.read_list(frozenset({"done"}))
        self.expect("done")

    def read_case(self) -> None:
        outer = self.conditions
        subject = self.peek()
        while (token := self.peek()) is not None and token.raw != "in":
            self.at += 1
        self.at += 1
        passed: tuple[Condition, ...] = ()
        while (token := self.peek()) is not None and token.raw != "esac":
            if token.operator and token.value in ("\n", ";", "(", ";;"):
                self.at += 1
                continue
            condition = self.case_patterns(subject)
            self.conditions = (
                (*outer, *passed, condition) if "*" in condition.patterns else (*outer, condition)
            )
            self.read_list(frozenset({"esac"}))
            passed = (*passed, condition.negate())
            self.conditions = outer
        self.expect("esac")

    def case_patterns(self, subject: Token | None) -> Condition:
        patterns: list[str] = []
        while (token := self.peek()) is not None and token.value != ")":
            if token.raw == "esac":
                break
            if not token.operator:
                patterns.append(token.value)
            self.at += 1
        self.at += 1
        raw = subject.raw if subject else ""
        value = subject.value if subject else ""
        return Condition(f"case {raw} in {'|'.join(patterns)}", value, tuple(patterns))


def _is_test(tokens: tuple[Token, ...]) -> bool:
    first = tokens[1] if tokens[0].raw == "!" and len(tokens) > 1 else tokens[0]
    return first.value in _TESTS or first.raw.startswith(("[[", "(("))


def _condition_of(tokens: tuple[Token, ...], word: str = "if") -> Condition:
    tokens = tuple(t for t in tokens if t.raw not in ("\n", ";")) or ()
    text = f"{word} {' '.join(t.raw for t in tokens)}".strip()
    subject, pattern, negated = _comparison(tokens)
    if not subject or word != "if":
        return Condition(text)
    return Condition(text, subject, (f"!{pattern}" if negated else pattern,))


def _comparison(tokens: tuple[Token, ...]) -> tuple[str, str, bool]:
    """The two sides of `[ a = b ]`, `[[ a == b ]]`, `test a != b`; empty where it is another test."""
    if len(tokens) == 1 and tokens[0].raw.startswith("[["):
        tokens = tuple(split_tokens(tokens[0].raw[2:].removesuffix("]]"), tokens[0].line))
    elif tokens and tokens[0].raw in ("[", "test"):
        tokens = tokens[1 : -1 if tokens[-1].raw == "]" else None]
    else:
        return "", "", False
    if len(tokens) != 3 or tokens[1].value not in ("=", "==", "!="):
        return "", "", False
    left, operator, right = tokens
    if "$" in right.value and "$" not in left.value:
        left, right = right, left
    return (left.value, right.value, operator.value == "!=") if "$" in left.value else ("", "", False)
