from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.settings import Undetermined
from tests.project.readers.settings_reading import all_values, read, value

if TYPE_CHECKING:
    from pathlib import Path


def test_a_guard_decides_with_its_pattern(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "match 5:\n    case 5 if False:\n        A = 1\n    case 5:\n        A = 2\n    case _:\n        A = 3\n",
    )
    assert value(settings, "A") == 2


def test_a_captured_name_holds_the_subject(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "other = 9\nmatch 'q':\n    case other:\n        A = other\n"
        "match 5:\n    case n if n > 3:\n        B = n\n    case _:\n        B = 0\n",
    )
    assert (value(settings, "A"), value(settings, "B")) == ("q", 5)


def test_none_is_a_pattern(tmp_path: Path) -> None:
    settings = read(tmp_path, "match None:\n    case None:\n        A = 1\n    case _:\n        A = 2\n")
    assert value(settings, "A") == 1


def test_what_other_patterns_bind_is_not_taken_from_before(tmp_path: Path) -> None:
    settings = read(
        tmp_path, "k = 7\nmatch ('a', 1):\n    case ('a', k):\n        A = k\n    case _:\n        A = 0\n"
    )
    found = [each for each, _ in all_values(settings, "A")]
    assert isinstance(found[0], Undetermined)
    assert found[1] == 0
