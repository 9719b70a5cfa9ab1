from __future__ import annotations

from typing import TYPE_CHECKING

from django_tenfold.conf.shipped_keys import find_shipped_key

if TYPE_CHECKING:
    from pathlib import Path


def test_a_key_of_an_example_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / ".env.example"
    file.write_text("# key\nexport SECRET_KEY='change me'\nOTHER=a\n", encoding="utf-8")
    assert find_shipped_key("change me", (str(tmp_path / "none"), str(file))) == str(file)
    assert find_shipped_key("a", (str(file),)) == ""


def test_an_example_that_leaves_the_key_empty_ships_none(tmp_path: Path) -> None:
    (tmp_path / "e").write_text("SECRET_KEY=\nDJANGO_SECRET_KEY=\n", encoding="utf-8")
    assert find_shipped_key("", (str(tmp_path / "e"),)) == ""
