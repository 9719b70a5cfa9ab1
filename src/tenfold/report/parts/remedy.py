"""A remedy in blocks: what is prose, what is code and in which language."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import PurePosixPath

from tenfold.report.parts.plain import clean_text

_BY_SUFFIX = {
    ".py": "python",
    ".html": "html",
    ".jinja": "html",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".toml": "toml",
    ".conf": "nginx",
    ".ini": "ini",
    ".cfg": "ini",
    ".service": "ini",
    ".json": "json",
    ".sh": "bash",
    ".js": "javascript",
    ".css": "css",
}
_BY_NAME = {"Dockerfile": "docker", "Containerfile": "docker", "Procfile": "yaml", "Makefile": "make"}
_SHAPES = {
    "yaml": re.compile(r"\s*(- \S|[\w.\"'-]+:(\s|$)|#)"),
    "toml": re.compile(r"\s*(\[[\w.\"-]+\]+$|[\w.\"-]+ ?= ?\S|#)"),
    "ini": re.compile(r"\s*(\[[\w.:-]+\]$|[\w.-]+ ?= ?\S*|[#;])"),
    "nginx": re.compile(r".*[;{}]\s*$|\s*#"),
    "docker": re.compile(r"\s*(FROM|RUN|CMD|COPY|ADD|ENV|USER|ENTRYPOINT|WORKDIR|HEALTHCHECK|ARG|#)\b"),
    "html": re.compile(r"\s*(<|\{[{%])"),
}
_SHELL = re.compile(r"\s*(\$ |(pip|uv|python|git|tenfold|docker|gunicorn|uwsgi|granian|celery|\./)\S* \S)")


@dataclass(frozen=True, slots=True)
class Block:
    """Prose (`language` is empty) or code."""

    text: str
    language: str = ""


def split_remedy(remedy: str, path: str) -> tuple[Block, ...]:
    """Blocks of `remedy` in order; `path` is the file it speaks of and suggests the language."""
    text = textwrap.dedent(clean_text(remedy)).strip("\n")
    if not text.strip():
        return ()
    whole = _recognise(text, path)
    if whole:
        return (Block(text, whole),)
    blocks: list[Block] = []
    for paragraph in re.split(r"\n[ \t]*\n", text):
        blocks.extend(_split_paragraph(paragraph, path))
    return _join(blocks)


def find_language(path: str) -> str:
    """The language of a file by its name; empty when unknown."""
    place = PurePosixPath(path)
    return _BY_NAME.get(place.name.split(".")[0], _BY_SUFFIX.get(place.suffix, ""))


def _split_paragraph(paragraph: str, path: str) -> list[Block]:
    language = _recognise(paragraph, path)
    if language:
        return [Block(textwrap.dedent(paragraph), language)]
    first, _, rest = paragraph.partition("\n")
    rest_language = _recognise(rest, path) if first.rstrip().endswith((":", ".")) else ""
    if rest_language:
        return [Block(first.strip()), Block(textwrap.dedent(rest), rest_language)]
    if paragraph.startswith("    "):
        return [Block(textwrap.dedent(paragraph), find_language(path) or "text")]
    return [Block(paragraph)]


def _recognise(text: str, path: str) -> str:
    """The language of `text` if it is code; empty when it is prose."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    expected = find_language(path)
    shape = _SHAPES.get(expected)
    if shape and all(shape.match(line) for line in lines):
        return expected
    if all(_SHAPES["html"].match(line) for line in lines):
        return "html"
    if _is_python(text) or _is_dict_entry(text):
        return "python"
    return "bash" if all(_SHELL.match(line) for line in lines) else ""


def _is_python(text: str) -> bool:
    try:
        body = ast.parse(textwrap.dedent(text)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not _is_word(statement) for statement in body)


def _is_dict_entry(text: str) -> bool:
    """`"CONN_MAX_AGE": 60` is an entry to put into a dict."""
    try:
        value = ast.parse(f"{{\n{text}\n}}", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(value, ast.Dict) and all(isinstance(key, ast.Constant) for key in value.keys)


def _is_word(statement: ast.stmt) -> bool:
    """`Remove` and `a, b` parse as Python and are prose; so is a label such as `Change: this`."""
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None
    prose = (ast.Name, ast.Constant, ast.Tuple, ast.Compare, ast.BoolOp, ast.BinOp, ast.Attribute)
    return isinstance(statement, ast.Expr) and isinstance(statement.value, prose)


def _join(blocks: list[Block]) -> tuple[Block, ...]:
    """Neighbours of one language become one block, a blank line between them."""
    joined: list[Block] = []
    for block in blocks:
        if joined and joined[-1].language == block.language:
            joined[-1] = Block(f"{joined[-1].text}\n\n{block.text}", block.language)
        else:
            joined.append(block)
    return tuple(joined)
