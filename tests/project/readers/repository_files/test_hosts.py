from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.readers.repository import read_repository
from tenfold.project.readers.repository_files import hosts
from tests.builders import list_files, write_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("limit", "ending", "text"),
    [
        (
            "MAXIMUM_MANIFESTS",
            ".yaml",
            "apiVersion: v1\nkind: Pod\nspec: {containers: [{command: [gunicorn]}]}\n",
        ),
        ("MAXIMUM_SCRIPTS", ".sh", "gunicorn shop.wsgi\n"),
    ],
)
def test_files_behind_the_limit_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, ending: str, text: str
) -> None:
    monkeypatch.setattr(hosts, limit, 2)
    root = write_files(tmp_path, {f"k8s/{index}{ending}": text for index in range(5)})
    repository, problems = read_repository(root, list_files(root))
    assert [command.program for command in repository.commands] == ["gunicorn", "gunicorn"]
    assert [problem.what.partition(";")[0] for problem in problems] == [
        f"more than 2 {'deployment manifests' if ending == '.yaml' else 'shell scripts'}"
    ]
