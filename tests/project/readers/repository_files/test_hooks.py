from __future__ import annotations

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.hooks import read_hooks
from tenfold.project.repository import Hook

PATH = ".pre-commit-config.yaml"


def test_each_hook_has_its_repository_revision_and_line() -> None:
    text = "repos:\n- repo: https://x/ruff\n  rev: v1\n  hooks:\n  - id: ruff\n  - id: ruff-format\n"
    assert read_hooks(text, PATH) == (
        Hook("ruff", "https://x/ruff", "v1", Location(PATH, 5)),
        Hook("ruff-format", "https://x/ruff", "v1", Location(PATH, 6)),
    )


def test_a_local_hook_says_what_it_runs() -> None:
    text = "repos:\n- repo: local\n  hooks:\n  - {id: types, entry: uv run mypy .}\n"
    hooks = read_hooks(text, PATH)
    assert not isinstance(hooks, Problem)
    assert [(hook.repository, hook.entry) for hook in hooks] == [("local", "uv run mypy .")]


def test_a_file_without_hooks_gives_none() -> None:
    assert read_hooks("", PATH) == ()
    assert read_hooks("repos: 3\n", PATH) == ()
