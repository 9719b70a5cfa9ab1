from __future__ import annotations

from typing import TYPE_CHECKING

from tests.project.readers.settings_reading import all_values, read, value

if TYPE_CHECKING:
    from pathlib import Path


def test_a_function_sets_names_of_its_module_through_globals(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "def configure(name, value):\n    globals()[name] = value\nconfigure('DEBUG', False)\n"
        "globals().update({'A': 1})\nB = globals()['A']\nC = globals().get('NONE', 5)\nD = 'A' in globals()\n",
    )
    assert [value(settings, name) for name in ("DEBUG", "A", "B", "C", "D")] == [False, 1, 1, 5, True]


def test_names_that_an_unknown_loop_sets_leave_the_settings_incomplete(tmp_path: Path) -> None:
    settings = read(
        tmp_path, "import os\nfor name, text in os.environ.items():\n    globals()[name] = text\n"
    )
    assert not settings.complete


def test_attributes_of_the_project_s_modules_are_found_by_name(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "site_settings.py": "from conf import base\n"
            "A = getattr(base, 'DEBUG', True)\nB = getattr(base, 'NONE', 4)\n"
            "C = hasattr(base, 'HOSTS')\n"
            "for name in dir(base):\n    if name.isupper():\n        globals()[name] = getattr(base, name)\n",
            "conf/__init__.py": "",
            "conf/base.py": "from conf.other import HOSTS\nDEBUG = False\n",
            "conf/other.py": "HOSTS = ['a']\n",
        },
        module="site_settings",
    )
    assert [value(settings, name) for name in ("A", "B", "C", "DEBUG", "HOSTS")] == [
        False,
        4,
        True,
        False,
        ["a"],
    ]


def test_a_name_that_a_branch_sets_is_there_in_that_branch_only(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import os\nif os.environ.get('X'):\n    SEARCH = 1\nif 'SEARCH' in globals():\n    A = 1\nelse:\n    A = 2\n"
        "B = globals().get('SEARCH', 0)\n",
    )
    assert [found for found, _ in all_values(settings, "A")] == [1, 2]
    assert [found for found, _ in all_values(settings, "B")] == [1, 0]
