from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner.secrets import LETTERS, NAMES, keep_secrets

if TYPE_CHECKING:
    from pathlib import Path


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / ".tenfold/secrets.json"
    made = keep_secrets(path)
    assert set(made) == set(NAMES)
    assert len(set(made.values())) == len(NAMES)
    assert keep_secrets(path) == made


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    keep_secrets(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    keep_secrets(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secrets_need_no_quoting_and_the_key_is_long_enough_for_django(tmp_path: Path) -> None:
    made = keep_secrets(tmp_path / "secrets.json")
    assert set("".join(made.values())) <= set(LETTERS)
    assert len(made["django"]) >= 50
    assert min(len(one) for one in made.values()) >= 20


def test_a_new_name_is_added_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = keep_secrets(path, ("database",))
    both = keep_secrets(path, ("database", "metrics"))
    assert both["database"] == first["database"]
    assert json.loads(path.read_text()) == both


@pytest.mark.parametrize("text", ["", "{", "[]", '{"database": 1}'])
def test_a_spoilt_file_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(text)
    with pytest.raises(TenfoldError, match="secrets cannot be read") as caught:
        keep_secrets(path)
    assert "Restore it" in caught.value.next_step
    assert path.read_text() == text


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    keep_secrets(tmp_path / "secrets.json")
    assert [one.name for one in tmp_path.iterdir()] == ["secrets.json"]
