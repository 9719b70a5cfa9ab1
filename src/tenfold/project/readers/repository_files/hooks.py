"""pre-commit's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.documents import read_yaml
from tenfold.project.repository import Hook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.readers.repository_files.documents import Yaml

NAMES = (".pre-commit-config.yaml", ".pre-commit-config.yml")


def read_hooks(text: str, path: str) -> tuple[Hook, ...] | Problem:
    """The hooks in order."""
    documents = read_yaml(text, path)
    return documents if isinstance(documents, Problem) else tuple(_read_document(documents[0], path))


def _read_document(document: Yaml, path: str) -> Iterator[Hook]:
    for repository in document.get("repos").elements():
        for hook in repository.get("hooks").elements():
            where = Location(path, hook.get("id").line or hook.line)
            yield Hook(
                id=hook.get("id").text,
                repository=repository.get("repo").text,
                revision=repository.get("rev").text,
                where=where,
                entry=hook.get("entry").text,
            )
