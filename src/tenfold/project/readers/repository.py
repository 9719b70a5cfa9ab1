"""Reads what surrounds the code: how it is built, started, checked and deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.readers.repository_files.containers import read_containers
from tenfold.project.readers.repository_files.finder import script_finder
from tenfold.project.readers.repository_files.procfile import read_procfile
from tenfold.project.readers.repository_files.purpose import purpose_of
from tenfold.project.readers.texts import Texts
from tenfold.project.repository import PRODUCTION, Command, Repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenfold.project.files import Files
    from tenfold.project.model import Problem


def read_repository(root: Path, files: Files) -> tuple[Repository, tuple[Problem, ...]]:
    """The facts of the repository; files that cannot be used become problems."""
    texts = Texts(root)
    containers = read_containers(files, texts)
    repository = Repository(
        commands=(*containers.commands, *_read_procfiles(files, texts)),
        dockerfiles=containers.dockerfiles,
        compose=containers.compose,
    )
    return repository, tuple(texts.problems)


def _read_procfiles(files: Files, texts: Texts) -> Iterator[Command]:
    for file in files.named("Procfile", "Procfile.*", "*.Procfile"):
        text = texts.get(file.path) if not file.path.endswith((".sh", ".py")) else None
        if text is not None:
            folder = file.path.rpartition("/")[0]
            scripts = script_finder(files, texts, folders=(folder, ""))
            yield from read_procfile(text, file.path, purpose_of(file.path, PRODUCTION), scripts)
