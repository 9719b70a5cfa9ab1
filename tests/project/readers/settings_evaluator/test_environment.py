from __future__ import annotations

from typing import TYPE_CHECKING

from tests.project.readers.settings_reading import read, value

if TYPE_CHECKING:
    from pathlib import Path


def test_a_variable_that_the_settings_set_is_what_they_read_afterwards(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import os\nos.environ['MODE'] = 'x'\nos.environ.setdefault('LEVEL', 'y')\nA = os.environ['MODE']\n"
        "B = os.environ.get('LEVEL', 'z')\nC = os.environ.get('OTHER', 'z')\n",
    )
    assert [value(settings, name) for name in "ABC"] == ["x", "y", "z"]
