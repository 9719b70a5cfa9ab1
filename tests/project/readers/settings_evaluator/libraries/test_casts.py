from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.settings import Undetermined
from tests.project.readers.settings_reading import read, value

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("cast", "default", "expected"),
    [
        ("Csv()", "a, b", ["a", "b"]),
        ("Csv()", None, []),
        ("Csv(int)", "1,2", [1, 2]),
        ("Csv(post_process=tuple)", "a,b", ("a", "b")),
        ("Csv(delimiter=';')", "a;b", ["a", "b"]),
        ("str.upper", "a", "A"),
    ],
)
def test_decouple_casts_its_default(tmp_path: Path, cast: str, default: object, expected: object) -> None:
    settings = read(
        tmp_path, f"from decouple import Csv, config\nA = config('A', default={default!r}, cast={cast})\n"
    )
    assert value(settings, "A") == expected


def test_a_csv_that_is_not_followed_is_not_told(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "from decouple import Csv, config\nA = config('A', default='a,b', cast=Csv(cast=lambda part: part.upper()))\n",
    )
    assert isinstance(value(settings, "A"), Undetermined)
