"""From a command line and who starts it to the commands that really run: scripts are followed,
wrappers taken off, `"$@"` replaced, conditions kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tenfold.project.command_line import program_of, resolve_variables, roles_of
from tenfold.project.model import Location
from tenfold.project.readers.repository_files.shell import Statement, read_shell
from tenfold.project.readers.repository_files.shell_tokens import Token
from tenfold.project.readers.repository_files.substitution import decide, put_arguments
from tenfold.project.readers.repository_files.wrappers import unwrap
from tenfold.project.repository import PRODUCTION, Command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tenfold.project.readers.repository_files.shell import Condition, Script

MAXIMUM_FOLLOWED = 6
MAXIMUM_SCRIPTS = 60
MAXIMUM_COMMANDS = 400
"""Per start: a script that calls itself in circles ends here."""

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"})
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=(.*)", re.DOTALL)
_SILENT = frozenset(
    "set cd pushd popd echo printf sleep : true false test [ unset trap shift read local declare typeset "
    "return exit exec wait umask readonly shopt break continue alias let eval getopts } ) fi done esac "
    "then".split()
)


@dataclass(frozen=True, slots=True)
class Start:
    """Who starts a command line, and how."""

    service: str
    origin: str
    purpose: str = PRODUCTION
    phase: str = "start"
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] | None = None
    """What `$1`, `$2`, ... are; None when nobody knows."""
    fixed_environment: bool = False
    """Whether the environment is what really runs (compose), not a default (a Dockerfile's ENV)."""


@dataclass(frozen=True, slots=True)
class Scripts:
    """Finds the repository's file behind a path of a command line; (path, text) or None."""

    find: Callable[[str], tuple[str, str] | None]


NO_SCRIPTS = Scripts(lambda path: None)


class _Run:
    """One start: the commands collected so far and the variables assigned on the way."""

    def __init__(self, start: Start, scripts: Scripts) -> None:
        self.start = start
        self.scripts = scripts
        self.commands: list[Command] = []
        self.variables: dict[str, str] = dict(start.environment)
        self.assigned: set[str] = set()
        self.uncertain: set[str] = set()
        self.followed = 0

    def known(self) -> dict[str, str]:
        """The variables whose value is certain: assigned on the way, or given by the service."""
        fixed = self.start.fixed_environment
        return {
            name: value
            for name, value in self.variables.items()
            if name not in self.uncertain and (fixed or name in self.assigned)
        }

    def add(self, words: tuple[str, ...], where: Location, text: str, *, frame: _Frame) -> None:
        for role in roles_of(words):
            self.commands.append(
                Command(
                    words=words,
                    text=text,
                    where=where,
                    service=self.start.service,
                    origin=self.start.origin,
                    purpose=self.start.purpose,
                    role=role,
                    phase=self.start.phase,
                    step=len(self.commands),
                    condition=" and ".join(str(c) for c in frame.conditions),
                    environment={**self.variables, **frame.environment},
                    never=frame.never,
                )
            )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where in the run a statement stands."""

    path: str
    arguments: tuple[str, ...] | None
    functions: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    never: bool = False
    depth: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    line: int = 0
    """Where the text stands that is run with `sh -c`; 0 in a file of its own."""
    given: Location | None = None
    """Where the arguments of the script stand; None when nobody knows."""


def run_text(
    text: str, where: Location, start: Start, *, scripts: Scripts = NO_SCRIPTS
) -> tuple[Command, ...]:
    """The commands of a shell text that begins at `where`."""
    run = _Run(start, scripts)
    frame = _Frame(where.path, start.arguments)
    _run_script(run, read_shell(text, max(where.line, 1)), frame)
    return tuple(run.commands)


def run_words(
    words: tuple[str, ...], where: Location, start: Start, *, scripts: Scripts = NO_SCRIPTS
) -> tuple[Command, ...]:
    """The commands of an exec-form list: one command, or a chain for programs that take `&&` as words."""
    run = _Run(start, scripts)
    frame = _Frame(where.path, start.arguments)
    for part in _split_chain(words):
        tokens = tuple(Token(word, word, where.line) for word in part)
        _run_statement(run, Statement(tokens), frame)
    return tuple(run.commands)


def _split_chain(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """`monofy a && b ||| c` starts several commands from one list of words."""
    chain = any(word in ("&&", "|||") for word in words) and program_of(words) not in _SHELLS
    part: list[str] = []
    for word in words[1:] if chain and words[0].rpartition("/")[2] == "monofy" else words:
        if chain and word in ("&&", "|||", ";"):
            yield tuple(part)
            part = []
        else:
            part.append(word)
    yield tuple(part)


def _run_script(run: _Run, script: Script, frame: _Frame) -> bool:
    """Run the statements; True when the script handed over for good (`exec`, `exit`)."""
    frame = replace(frame, functions={**frame.functions, **script.functions})
    return _run_statements(run, script.statements, frame)


def _run_statements(run: _Run, statements: tuple[Statement, ...], frame: _Frame) -> bool:
    for statement in statements:
        if len(run.commands) > MAXIMUM_COMMANDS:
            return True
        conditions, never = decide(statement.conditions, frame.arguments, run.known())
        inner = replace(frame, conditions=(*frame.conditions, *conditions), never=frame.never or never)
        ended = _run_statement(run, statement, inner)
        if ended and not conditions:
            return True
    return False


def _run_statement(run: _Run, statement: Statement, frame: _Frame) -> bool:
    """Run one simple command; True when it hands over for good."""
    tokens, environment = _take_assignments(run, statement, frame)
    if not tokens:
        return False
    frame = replace(frame, environment={**frame.environment, **environment})
    words = put_arguments(tuple(t.value for t in tokens), frame.arguments)
    if frame.given and frame.given.line and frame.arguments and _hands_over(tokens, words, frame.arguments):
        frame = replace(frame, path=frame.given.path, line=frame.given.line)
        statement = replace(statement, tokens=tuple(Token(word, word, frame.line) for word in words))
    words = _expand_program(run, words)
    if words and words[0] == "exec" and len(words) > 1:
        _run_words(run, words[1:], statement, frame=frame)
        return True
    if words and words[0] in ("exit", "return"):
        return True
    _run_words(run, words, statement, frame=frame)
    return False


def _hands_over(tokens: tuple[Token, ...], words: tuple[str, ...], arguments: tuple[str, ...]) -> bool:
    """Whether it only runs the arguments: `exec "$@"`, `exec gosu app "$@"`."""
    if tokens[-1].value not in ("$@", "$*", "${@}", "${*}"):
        return False
    return unwrap(words[1:] if words[0] == "exec" else words)[0] == unwrap(arguments)[0]


def _take_assignments(
    run: _Run, statement: Statement, frame: _Frame
) -> tuple[tuple[Token, ...], dict[str, str]]:
    """The tokens after leading `NAME=value` words, and those assignments. Alone they stay for the script."""
    tokens = statement.tokens
    environment: dict[str, str] = {}
    exported = bool(tokens) and tokens[0].value in ("export", "declare", "readonly", "local")
    rest = tokens[1:] if exported else tokens
    while rest and (match := _ASSIGNMENT.match(rest[0].value)):
        environment[match[1]] = " ".join(put_arguments((match[2],), frame.arguments))
        rest = rest[1:]
    if rest and not exported:
        return rest, environment
    for name, value in environment.items():
        if frame.conditions or statement.conditions:
            run.variables.setdefault(name, value)
            run.uncertain.add(name)
            run.assigned.discard(name)
        else:
            run.variables[name] = resolve_variables(value, {k: run.variables[k] for k in run.assigned})
            run.assigned.add(name)
            run.uncertain.discard(name)
    return (), {}


def _expand_program(run: _Run, words: tuple[str, ...]) -> tuple[str, ...]:
    """`exec $CMD` where the script assigned CMD: the words of its value in its place."""
    index = 1 if words[:1] == ("exec",) else 0
    if index >= len(words):
        return words
    match = re.fullmatch(r"\$\{?([A-Za-z_]\w*)\}?", words[index])
    if match and match[1] in run.assigned and run.variables[match[1]]:
        value = tuple(read_shell(run.variables[match[1]]).statements[:1])
        expanded = value[0].words if value else ()
        return (*words[:index], *expanded, *words[index + 1 :])
    return words


def _run_words(run: _Run, words: tuple[str, ...], statement: Statement, *, frame: _Frame) -> None:
    words, environment = unwrap(words)
    if not words:
        return
    frame = replace(frame, environment={**frame.environment, **environment})
    line = frame.line or statement.line
    if frame.depth < MAXIMUM_FOLLOWED and _follow(run, words, line, frame=frame):
        return
    program = program_of(words)
    silent = program in _SILENT or words[0].startswith(("[[", "((", "$(", "`"))
    if not silent and program not in ("source", ".") and words[0] not in ("$@", "$*"):
        run.add(words, Location(frame.path, line), statement.text, frame=frame)


def _follow(run: _Run, words: tuple[str, ...], line: int, *, frame: _Frame) -> bool:
    """Run what a function call, `sh -c`, or a script of the repository holds; False when it is none."""
    program = program_of(words)
    deeper = replace(frame, depth=frame.depth + 1)
    if words[0] in frame.functions and run.followed < MAXIMUM_SCRIPTS:
        run.followed += 1
        deeper = replace(deeper, arguments=words[1:], given=_given(words[1:], line, frame))
        _run_statements(run, frame.functions[words[0]], deeper)
        return True
    if program in _SHELLS:
        return _follow_shell(run, words, line, frame=deeper)
    path = words[1] if program in ("source", ".") and len(words) > 1 else words[0]
    arguments = frame.arguments if program in ("source", ".") else words[1:]
    return _follow_file(run, path, arguments, frame=replace(deeper, given=_given(arguments, line, frame)))


def _given(arguments: tuple[str, ...] | None, line: int, frame: _Frame) -> Location | None:
    """Where a script's arguments stand: here, or where this script's own stand when it passes them on."""
    return frame.given if arguments == frame.arguments else Location(frame.path, line)


def _follow_shell(run: _Run, words: tuple[str, ...], line: int, *, frame: _Frame) -> bool:
    rest = words[1:]
    if rest[:1] in (("sh",), ("ash",)):
        rest = rest[1:]
    while rest and rest[0].startswith(("-", "+")):
        if re.fullmatch(r"-[a-z]*c[a-z]*", rest[0]) and len(rest) > 1:
            script = read_shell(rest[1], line)
            given = tuple(rest[3:]) if len(rest) > 2 else frame.arguments
            _run_script(run, script, replace(frame, line=line, arguments=given))
            return True
        rest = rest[2:] if rest[0] in ("-o", "+o") else rest[1:]
    if not rest:
        return False
    return _follow_file(run, rest[0], rest[1:], frame=replace(frame, given=_given(rest[1:], line, frame)))


def _follow_file(run: _Run, path: str, arguments: tuple[str, ...] | None, *, frame: _Frame) -> bool:
    found = run.scripts.find(path) if run.followed < MAXIMUM_SCRIPTS else None
    if found is None:
        return False
    run.followed += 1
    script_path, text = found
    _run_script(run, read_shell(text), replace(frame, path=script_path, arguments=arguments, line=0))
    return True
