"""Dockerfiles: stages, instructions, and what the image starts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tenfold.project.command_line import resolve_variables, roles_of
from tenfold.project.model import Location
from tenfold.project.readers.repository_files.launch import NO_SCRIPTS, run_text, run_words
from tenfold.project.readers.repository_files.shell_tokens import split_words
from tenfold.project.repository import Dockerfile, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.readers.repository_files.launch import Scripts, Start
    from tenfold.project.repository import Command

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)(?:\s+(.*))?$", re.DOTALL)
_FLAG = re.compile(r"\s*--[a-z]+(?:=\S+)?(?:\s|\\\n)+")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1")
_INSTALLERS = frozenset("pip pip3 uv poetry pipenv pdm python python3 npm yarn pnpm make".split())


@dataclass(frozen=True)
class Image:
    """What one stage leaves: its environment, user, start, and what was copied into it."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    folder: str = "/"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    entrypoint_line: int = 0
    command_line: int = 0
    copies: tuple[tuple[str, str], ...] = ()
    """(source in the repository, absolute destination), in order."""


def read_instructions(text: str) -> tuple[tuple[str, str, int], ...]:
    """(INSTRUCTION, arguments with continuations joined, line). Comments inside are dropped."""
    return tuple((name, re.sub(r"\\\n", " ", raw).strip(), line) for name, raw, line in _read_raw(text))


def _read_raw(text: str) -> tuple[tuple[str, str, int], ...]:
    """The same with the continuations kept, so that a shell text keeps its lines."""
    lines = text.splitlines()
    escape = "`" if re.match(r"(?i)#\s*escape\s*=\s*`", text) else "\\"
    instructions: list[tuple[str, str, int]] = []
    index = 0
    while index < len(lines):
        start = index
        if not lines[start].strip() or lines[start].lstrip().startswith("#"):
            index += 1
            continue
        parts, index = _join_continuations(lines, index, escape)
        match = _INSTRUCTION.match("\\\n".join(parts).strip())
        if not match:
            continue
        arguments = (match[2] or "").strip()
        heredoc = _HEREDOC.search(arguments) if match[1].upper() in ("RUN", "COPY", "ADD") else None
        if heredoc:
            body, index = _take_heredoc(lines, index, heredoc[2])
            arguments = f"\\\n{body}" if match[1].upper() == "RUN" else arguments
        instructions.append((match[1].upper(), arguments, start + 1))
    return tuple(instructions)


def _join_continuations(lines: list[str], index: int, escape: str) -> tuple[list[str], int]:
    parts: list[str] = []
    while index < len(lines):
        line = lines[index]
        index += 1
        if line.lstrip().startswith("#") or (parts and not line.strip()):
            if parts:
                parts.append("")
            continue
        stripped = line.rstrip()
        parts.append(stripped.removesuffix(escape))
        if not stripped.endswith(escape):
            break
    return parts, index


def _take_heredoc(lines: list[str], index: int, delimiter: str) -> tuple[str, int]:
    body: list[str] = []
    while index < len(lines) and lines[index].strip() != delimiter:
        body.append(lines[index])
        index += 1
    return "\n".join(body), index + 1


def read_dockerfile(text: str, path: str, purpose: str) -> tuple[Dockerfile, dict[str, Image]]:
    """The facts of a Dockerfile, and the image that each stage leaves ("" is the last one)."""
    instructions = read_instructions(text)
    images: dict[str, Image] = {}
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    current = Image("")
    for name, value, line in instructions:
        if name == "ARG":
            key, _, default = value.partition("=")
            arguments.setdefault(key.strip(), _unquote(default))
        elif name == "FROM":
            stage = _read_from(value, arguments, Location(path, line))
            stages.append(stage)
            base = images.get(stage.image.lower(), Image(""))
            current = replace(base, name=stage.name)
        else:
            current = _apply(current, name, value, line=line)
        if stages:
            images[(current.name or f"#{len(stages)}").lower()] = current
            images[str(len(stages) - 1)] = current
    images[""] = current
    facts = Dockerfile(
        path=path,
        purpose=purpose,
        stages=tuple(stages),
        instructions=instructions,
        environment=current.environment,
        user=current.user,
        entrypoint=current.entrypoint,
        command=current.command,
    )
    return facts, images


def _read_from(value: str, arguments: Mapping[str, str], where: Location) -> Stage:
    words = [w for w in value.split() if not w.startswith("--")]
    image = resolve_variables(words[0], arguments) if words else ""
    name = words[2] if len(words) > 2 and words[1].lower() == "as" else ""
    return Stage(image, name, where)


def _apply(image: Image, name: str, value: str, *, line: int) -> Image:
    if name == "ENV":
        return replace(image, environment={**image.environment, **dict(_read_pairs(value))})
    if name in ("USER", "WORKDIR"):
        folder = _join(image.folder, _unquote(value)) if name == "WORKDIR" else image.folder
        return replace(image, folder=folder, user=value.strip() if name == "USER" else image.user)
    if name == "ENTRYPOINT":
        return replace(image, entrypoint=read_words(value), entrypoint_line=line, command=(), command_line=0)
    if name == "CMD":
        return replace(image, command=read_words(value), command_line=line)
    if name in ("COPY", "ADD") and "--from" not in value:
        return replace(image, copies=(*image.copies, *_read_copies(value, image.folder)))
    return image


def read_words(value: str) -> tuple[str, ...]:
    """The words of exec form; shell form as ("/bin/sh", "-c", text)."""
    if value.startswith("["):
        try:
            words = json.loads(value)
        except ValueError:
            words = None
        if isinstance(words, list):
            return tuple(str(word) for word in words)
    return ("/bin/sh", "-c", value) if value else ()


def _read_pairs(value: str) -> Iterator[tuple[str, str]]:
    words = split_words(value)
    if words and "=" not in words[0]:  # the old form: ENV NAME the rest
        yield words[0], value.strip().partition(" ")[2].strip()
        return
    for word in words:
        name, equals, text = word.partition("=")
        if equals:
            yield name, text


def _read_copies(value: str, folder: str) -> Iterator[tuple[str, str]]:
    while flag := _FLAG.match(value):
        value = value[flag.end() :]
    words = read_words(value) if value.startswith("[") else tuple(value.split())
    if len(words) < 2:
        return
    destination = _join(folder, words[-1]) + ("/" if words[-1].endswith(("/", ".")) or len(words) > 2 else "")
    for source in words[:-1]:
        yield source.removeprefix("./").strip("/") or ".", destination


def _join(folder: str, path: str) -> str:
    """An absolute path inside the image, without a closing slash."""
    joined = path if path.startswith("/") else f"{folder}/{path}"
    parts: list[str] = []
    for part in joined.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _unquote(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def run_image(
    image: Image,
    path: str,
    start: Start,
    *,
    scripts: Scripts = NO_SCRIPTS,
    command: tuple[str, ...] | None = None,
) -> tuple[Command, ...]:
    """What a container of the image starts; `command` in place of its CMD."""
    words = image.command if command is None else command
    line = image.command_line or image.entrypoint_line
    if not image.entrypoint:
        return run_words(words, Location(path, line), start, scripts=scripts) if words else ()
    if image.entrypoint[:2] == ("/bin/sh", "-c"):
        return run_words(image.entrypoint, Location(path, image.entrypoint_line), start, scripts=scripts)
    return run_words(
        (*image.entrypoint, *words), Location(path, image.entrypoint_line), start, scripts=scripts
    )


def run_build(text: str, path: str, start: Start, *, scripts: Scripts = NO_SCRIPTS) -> Iterator[Command]:
    """The commands of RUN instructions that have a role, run a management command, or install."""
    step = 0
    for name, value, line in _read_raw(text):
        if name != "RUN":
            continue
        while flag := _FLAG.match(value):
            line += value.count("\n", 0, flag.end())
            value = value[flag.end() :]
        words = read_words(value)
        where = Location(path, line)
        found = (
            run_words(words, where, start, scripts=scripts)
            if value.startswith("[")
            else run_text(value, where, start, scripts=scripts)
        )
        for command in found:
            if command.role or command.management or roles_of(command.words) != ("",) or _installs(command):
                yield replace(command, step=step)
                step += 1


def _installs(command: Command) -> bool:
    return command.program in _INSTALLERS
