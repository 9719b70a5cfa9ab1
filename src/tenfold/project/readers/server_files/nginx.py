"""nginx: configurations through crossplane, with includes put in place where the repository holds them.

Nothing outside the repository is read: includes are resolved here, not by crossplane. Templates (envsubst,
Jinja2, ERB) are parsed with their placeholders written as nginx variables, `{{ port }}` as `${port}`.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import crossplane
from crossplane.analyzer import analyze, enter_block_ctx
from crossplane.errors import NgxParserDirectiveError

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.purpose import purpose_of
from tenfold.project.readers.text import read_text
from tenfold.project.servers import Directive, NginxConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.files import Files

_SUFFIXES = frozenset(
    {".conf", ".nginx", ".vhost", ".template", ".tmpl", ".tpl", ".j2", ".jinja", ".jinja2", ".erb"}
)
_FOLDERS = frozenset({"sites-available", "sites-enabled"})
_NAMED_SUFFIXES = _SUFFIXES | {"", ".dist", ".example", ".sample", ".in"}
_BLOCK = re.compile(
    r"^[ \t]*(?:(?:http|events|server)[ \t]*\{|upstream[ \t]+[\w.${}-]+[ \t]*\{"
    r"|location[ \t]+[^;{\n]+\{|server[ \t]*\r?\n[ \t]*\{)",
    re.MULTILINE,
)
_OTHER_SYNTAX = re.compile(r"^\s*(?:<VirtualHost|frontend\s+\w+\s*$|backend\s+\w+\s*$)", re.MULTILINE)
_DIRECTIVE = re.compile(r"^[ \t]*[a-z_]+[ \t]+[^;{}\n]+;", re.MULTILINE)
_TEMPLATE = re.compile(r"\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}|<%.*?%>", re.DOTALL)
_OUTPUT = re.compile(r"\{\{[-\s]*(.*?)[-\s]*\}\}|<%=\s*(.*?)\s*%>", re.DOTALL)
_DEEPEST_INCLUDE = 8


@dataclass(frozen=True)
class _Parsed:
    """One file's directives, includes not yet resolved."""

    path: str
    directives: tuple[Directive, ...]


def read_nginx(root: Path, files: Files) -> tuple[tuple[NginxConfig, ...], tuple[Problem, ...]]:
    """Every nginx configuration that no other one includes; what cannot be parsed becomes a Problem."""
    parsed: dict[str, _Parsed] = {}
    problems: list[Problem] = []
    for path in (file.path for file in files.all if _may_be_nginx(file.path)):
        text = read_text(root, path)
        if isinstance(text, Problem):
            problems.append(text)
        elif _is_nginx(path, text):
            directives, broken = parse_text(root / path, text, path)
            problems.extend(broken)
            parsed[path] = _Parsed(path, directives)
    configs = (
        NginxConfig(path, purpose_of(path), _put_in_place(parsed[path].directives, parsed, 0))
        for path in _find_outermost(parsed)
        if _has_block(parsed[path].directives)
    )
    return tuple(configs), tuple(problems)


def _find_outermost(parsed: Mapping[str, _Parsed]) -> list[str]:
    """Files that no other one includes; of files that only include each other, the first."""
    inside = {path: _included_by(one, parsed) for path, one in parsed.items()}
    included = set().union(*inside.values())
    outermost = [path for path in parsed if path not in included]
    reached: set[str] = set()
    for path in [*outermost, *parsed]:
        if path in reached:
            continue
        if path in included:
            outermost.append(path)
        waiting = [path]
        while waiting:
            current = waiting.pop()
            if current not in reached:
                reached.add(current)
                waiting.extend(inside[current])
    return sorted(outermost)


def _included_by(one: _Parsed, parsed: Mapping[str, _Parsed]) -> set[str]:
    directives = (directive for top in one.directives for directive in top.walk())
    includes = (directive for directive in directives if directive.name == "include")
    return {target for directive in includes for target in _find_included(directive, parsed)}


def _may_be_nginx(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    dot = name.rfind(".")
    suffix = name[dot:] if dot > 0 else ""
    if suffix in _SUFFIXES:
        return True
    named = "nginx" in path.lower() or folder.rpartition("/")[2] in _FOLDERS
    return named and suffix in _NAMED_SUFFIXES


def _is_nginx(path: str, text: str) -> bool:
    if _OTHER_SYNTAX.search(text):
        return False
    if _BLOCK.search(text):
        return True
    return "nginx" in path.lower() and bool(_DIRECTIVE.search(text))


def _has_block(directives: tuple[Directive, ...]) -> bool:
    """A snippet of plain directives that nothing includes says nothing on its own."""
    return any(d.name in ("http", "server", "upstream", "location") for top in directives for d in top.walk())


def parse_text(file: Path, text: str, path: str) -> tuple[tuple[Directive, ...], tuple[Problem, ...]]:
    """Directives of one configuration file, and what is broken in it.

    crossplane reads from disk: the file itself, or a private temporary one where a template's syntax had
    to be replaced first.
    """
    plain = plain_text(text)
    if plain == text:
        directives, problems = _parse_file(file, path)
        return directives, (*problems, *_check_arguments(directives, _outer_context(directives)))
    with tempfile.TemporaryDirectory(prefix="tenfold-") as folder:
        copy = Path(folder) / "nginx.conf"
        copy.write_text(plain, encoding="utf-8", errors="replace")
        return _parse_file(copy, path)


def plain_text(text: str) -> str:
    """The text with Jinja2 and ERB syntax replaced; lines stay where they were."""
    return _TEMPLATE.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    lines = "\n" * match.group().count("\n")
    output = _OUTPUT.fullmatch(match.group())
    if output is None:
        return lines
    name = re.sub(r"\W+", "_", (output[1] or output[2] or "").strip()).strip("_")
    return f"${{{name or 'value'}}}{lines}"


def _parse_file(file: Path, path: str) -> tuple[tuple[Directive, ...], tuple[Problem, ...]]:
    payload = crossplane.parse(str(file), single=True, check_ctx=False, check_args=False)
    problems = tuple(_describe(error, path) for error in payload["errors"])
    statements = payload["config"][0]["parsed"] if payload["config"] else []
    return tuple(_convert(statement, path) for statement in statements), problems


def _outer_context(directives: tuple[Directive, ...]) -> tuple[str, ...]:
    """The blocks around a fragment: `server` stands in http, `location` in a server."""
    names = {directive.name for directive in directives}
    if names & {"http", "events", "stream", "mail"}:
        return ()
    return ("http",) if names & {"server", "upstream"} else ("http", "server")


def _check_arguments(directives: tuple[Directive, ...], context: tuple[str, ...]) -> Iterator[Problem]:
    """Directives that nginx would refuse for their arguments: mostly a semicolon was forgotten."""
    for directive in directives:
        statement = {
            "directive": directive.name,
            "line": directive.where.line,
            "args": list(directive.args),
        }
        end = ";" if directive.block is None else "{"
        path = directive.where.path
        try:
            analyze(path, statement, end, ctx=context, check_ctx=False)
        except NgxParserDirectiveError as error:
            yield _describe({"error": str(error), "line": error.lineno}, path)
        if directive.block is not None:
            yield from _check_arguments(directive.block, enter_block_ctx(statement, context))


def _describe(error: Mapping[str, Any], path: str) -> Problem:
    reason = str(error["error"] or "").rpartition(" in ")[0] or "the file ends inside a directive"
    return Problem(
        Location(path, error["line"] or 0),
        f"is no valid nginx configuration: {reason}",
        "Run `nginx -t` on it; a missing `;` or `}` before this line is the usual cause.",
    )


def _convert(statement: Mapping[str, Any], path: str) -> Directive:
    block = statement.get("block")
    return Directive(
        name=str(statement["directive"]),
        args=tuple(str(argument) for argument in statement["args"]),
        where=Location(path, int(statement["line"])),
        block=None if block is None else tuple(_convert(child, path) for child in block),
    )


def _put_in_place(
    directives: tuple[Directive, ...], parsed: Mapping[str, _Parsed], depth: int
) -> tuple[Directive, ...]:
    """Included directives stand where their `include` stood; one that finds nothing stays as it is."""
    placed: list[Directive] = []
    for directive in directives:
        targets = _find_included(directive, parsed) if directive.name == "include" else ()
        if targets and depth < _DEEPEST_INCLUDE:
            for target in targets:
                placed.extend(_put_in_place(parsed[target].directives, parsed, depth + 1))
        elif directive.block is not None:
            inner = _put_in_place(directive.block, parsed, depth)
            placed.append(Directive(directive.name, directive.args, directive.where, inner))
        else:
            placed.append(directive)
    return tuple(placed)


def _find_included(directive: Directive, parsed: Mapping[str, _Parsed]) -> tuple[str, ...]:
    """Files of the repository that an include means: relative to its folder, else by the path's end.

    `/etc/nginx/conf.d/*.conf` is the place inside the image of what the repository keeps elsewhere: the
    longest end of the path that matches a file decides, the file's own folder being preferred.
    """
    here = PurePosixPath(directive.where.path).parent
    pattern = PurePosixPath(directive.args[0]) if directive.args else PurePosixPath("-")
    parts = [part for part in pattern.parts if part not in ("/", ".", "..")]
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        if start and start == len(parts) - 1 and "*" in end:
            break  # without its folder, `*.conf` would match any file
        beside = f"{here}/{end}" if str(here) != "." else end
        others = [path for path in parsed if path != directive.where.path]
        nearest = tuple(path for path in others if _matches(path, beside))
        anywhere = () if "*" in parts[start] else tuple(path for path in others if _matches(path, f"*/{end}"))
        if nearest or anywhere:
            return nearest or anywhere
    return ()


def _matches(path: str, pattern: str) -> bool:
    """Glob over whole paths; a template's own suffix is overlooked (`app.conf.template` is `app.conf`)."""
    bare = re.sub(r"\.(?:template|tmpl|tpl|j2|jinja2?|erb)$", "", path)
    return fnmatchcase(path, pattern) or fnmatchcase(bare, pattern)
