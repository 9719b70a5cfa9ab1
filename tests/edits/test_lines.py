from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from tenfold.edits.model import AppendLines, InsertLines, RemoveLines, ReplaceText
from tenfold.errors import EditError
from tests.edits.text import change_text

if TYPE_CHECKING:
    from collections.abc import Callable

Check: TypeAlias = "Callable[..., None]"


def test_only_missing_lines_are_appended(becomes: Check) -> None:
    becomes("*.pyc\n.env", AppendLines(".gitignore", (".env", ".venv/")), after="*.pyc\n.env\n.venv/\n")


def test_a_block_is_appended_whole_below_an_empty_line(becomes: Check) -> None:
    block = ("[tool.ruff]", "line-length = 88")
    becomes(
        "[a]\nline-length = 88\n",
        AppendLines("pyproject.toml", block, block=True),
        after="[a]\nline-length = 88\n\n[tool.ruff]\nline-length = 88\n",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("runserver", "gunicorn"),
        ("CMD x", "CMD x --workers 4"),
        ("x runserver", "x"),
        ("x runserver\nUSER", "y\nUSER"),
    ],
)
def test_text_on_a_line_is_replaced(becomes: Check, old: str, new: str) -> None:
    text = "FROM python\nCMD x runserver\nUSER a\n"
    becomes(text, ReplaceText("Dockerfile", 2, old, new), after=text.replace(old, new))


def test_text_that_is_not_on_its_line_is_refused() -> None:
    with pytest.raises(EditError, match="Dockerfile:1 does not hold"):
        change_text("FROM python\nCMD x\n", ReplaceText("Dockerfile", 1, "CMD x", "CMD y"))


def test_lines_go_below_a_line(becomes: Check) -> None:
    becomes(
        "http {\n}\n",
        InsertLines("nginx.conf", 1, ("    gzip on;", "    gzip_vary on;")),
        after="http {\n    gzip on;\n    gzip_vary on;\n}\n",
    )


def test_lines_are_removed_with_their_line_ends() -> None:
    assert change_text("a\r\nb\r\nc\r\n", RemoveLines("Procfile", 2)) == "a\r\nc\r\n"
    assert change_text("a\nb\nc", RemoveLines("Procfile", 2, 3)) == "a\n"


def test_lines_are_those_of_the_file_as_read_whatever_came_before() -> None:
    changes = (
        InsertLines("Dockerfile", 1, ("ENV A=1", "ENV B=2")),
        RemoveLines("Dockerfile", 2),
        ReplaceText("Dockerfile", 3, "c", "C"),
    )
    assert change_text("a\nb\nc\n", *changes) == "a\nENV A=1\nENV B=2\nC\n"


def test_a_line_beyond_the_end_is_refused() -> None:
    with pytest.raises(EditError, match="has no line 9"):
        change_text("a\n", RemoveLines("Procfile", 9))
