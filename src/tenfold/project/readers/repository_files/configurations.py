"""Configuration files that start more than the command line shows: uWSGI's hooks and daemons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.project.readers.repository_files.finder import find_path, script_finder
from tenfold.project.readers.repository_files.launch import Start
from tenfold.project.readers.repository_files.uwsgi import run_uwsgi

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenfold.project.files import Files
    from tenfold.project.readers.repository_files.dockerfile import Image
    from tenfold.project.readers.texts import Texts
    from tenfold.project.repository import Command


def expand_configurations(
    commands: Iterable[Command],
    files: Files,
    texts: Texts,
    *,
    image: Image | None = None,
    folders: tuple[str, ...] = ("",),
) -> Iterator[Command]:
    """The commands, each uwsgi followed by what its ini file starts; steps counted anew."""
    step = 0
    for command in commands:
        scripts = script_finder(files, texts, image=image, folders=folders)
        added = []
        for path in _ini_files(command, files, image, folders=folders):
            text = texts.get(path)
            start = Start(command.service, "uwsgi", command.purpose, command.phase, command.environment)
            added += [*run_uwsgi(text, path, start, scripts=scripts)] if text is not None else []
        for one in (command, *added):
            never = one.never or command.never
            condition = " and ".join(c for c in (command.condition, one.condition) if c)
            yield replace(
                one, step=step, never=never, condition=one.condition if one is command else condition
            )
            step += 1


def _ini_files(
    command: Command, files: Files, image: Image | None, *, folders: tuple[str, ...]
) -> Iterator[str]:
    if command.program not in ("uwsgi", "pyuwsgi"):
        return
    for word in command.words[1:]:
        name = word.partition("=")[2] if word.startswith("--ini") else word
        if name.endswith(".ini"):
            path = find_path(files, command.resolve(name), image=image, folders=folders)
            if path:
                yield path
