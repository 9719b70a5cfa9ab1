from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import main
from tenfold.cli.new_practice import practice_path

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout that the running Tenfold believes to be its own."""
    home = tmp_path / "src/tenfold"
    (home / "practices/database").mkdir(parents=True)
    (home / "practices/database/__init__.py").touch()
    (home / "__init__.py").touch()
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr("tenfold.__file__", str(home / "__init__.py"))
    return home


def test_the_file_is_written_with_what_a_practice_needs(checkout: Path, capsys: Output) -> None:
    assert main(["new-practice", "database/statement-timeout"]) == 0
    text = (checkout / "practices/database/statement_timeout.py").read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert (ast.get_docstring(tree) or "").startswith("Statement timeout.")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {"practice", "EXAMPLES", "Breaks", "Holds", "LooksAlike"} <= names
    assert "What remains" in capsys.readouterr().out


def test_a_practice_that_exists_is_left_alone(checkout: Path, capsys: Output) -> None:
    path = checkout / "practices/database/pooler.py"
    path.write_text("kept", encoding="utf-8")
    assert main(["new-practice", "database/pooler"]) == 2
    assert path.read_text(encoding="utf-8") == "kept"
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["database", "database/", "database/../x", "database/X", "database/import", "a/b/c"]
)
def test_a_name_that_is_no_id_is_refused(checkout: Path, name: str) -> None:
    assert main(["new-practice", name]) == 2


def test_an_unknown_topic_names_the_known(checkout: Path, capsys: Output) -> None:
    assert main(["new-practice", "databases/pooler"]) == 2
    assert "Topics: accounts, assets, cache, database," in capsys.readouterr().err


def test_a_topic_of_the_catalogue_without_a_practice_is_begun(checkout: Path) -> None:
    assert main(["new-practice", "search/engine"]) == 0
    assert (checkout / "practices/search/engine.py").is_file()
    assert (checkout / "practices/search/__init__.py").read_text(encoding="utf-8") == (
        '"""Practices about search."""\n'
    )


def test_outside_a_checkout_it_says_how_to_get_one(tmp_path: Path) -> None:
    home = tmp_path / "site-packages/tenfold/practices"
    home.mkdir(parents=True)
    with pytest.raises(Exception, match="not checked out"):
        practice_path(home, "database/pooler")
