from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.settings import Undetermined
from tests.project.readers.settings_reading import read, value

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A = [10, 9, 1]\nA.sort()\n", [1, 9, 10]),
        ("A = ['b', 'a']\nA.sort(reverse=False)\n", ["a", "b"]),
        ("A = ['a', 'b']\nA.sort(reverse=True)\n", ["b", "a"]),
        ("A = [1, 2, 3]\nA[1:2] = ['x', 'y']\n", [1, "x", "y", 3]),
        ("A = [1, 2, 3]\ndel A[:2]\n", [3]),
        ("A = {1, 2}\nA |= {3}\nA -= {1}\n", {2, 3}),
        ("first, *A = [1, 2, 3]\n", [2, 3]),
        ("*A, last = 'abc'\n", ["a", "b"]),
        ("A = {}\nA['x'], A['y'] = 1, 2\n", {"x": 1, "y": 2}),
    ],
)
def test_changes_in_place_give_what_python_gives(tmp_path: Path, source: str, expected: object) -> None:
    assert value(read(tmp_path, source), "A") == expected


def test_the_order_that_a_key_gives_is_not_told(tmp_path: Path) -> None:
    settings = read(tmp_path, "A = ['bb', 'a']\nA.sort(key=len)\n")
    assert isinstance(value(settings, "A"), Undetermined)


def test_a_position_in_a_list_of_conditional_elements_is_not_told(tmp_path: Path) -> None:
    settings = read(
        tmp_path, "import os\nA = [1]\nif os.environ.get('X'):\n    A.insert(0, 0)\nA[0] = 'first'\n"
    )
    assert all(isinstance(p.value, Undetermined) for p in settings.possible("A"))
