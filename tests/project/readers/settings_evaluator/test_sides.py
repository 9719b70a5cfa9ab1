from __future__ import annotations

from typing import TYPE_CHECKING

from tests.project.readers.settings_reading import all_values, read, value

if TYPE_CHECKING:
    from pathlib import Path

ADD = "import os\nAPPS = ['base']\ndef add(app):\n    APPS.append(app)\n"


def test_what_a_function_adds_in_a_loop_is_kept(tmp_path: Path) -> None:
    settings = read(tmp_path, ADD + "for app in ('a', 'b'):\n    add(app)\n")
    assert value(settings, "APPS") == ["base", "a", "b"]


def test_what_a_function_adds_in_a_branch_is_there_in_that_branch_only(tmp_path: Path) -> None:
    settings = read(tmp_path, ADD + "if os.environ.get('EXTRA'):\n    add('extra')\n")
    assert all_values(settings, "APPS") == [
        (["base", "extra"], "os.environ.get('EXTRA')"),
        (["base"], "not (os.environ.get('EXTRA'))"),
    ]


def test_what_a_function_adds_in_a_branch_of_its_own_is_conditional(tmp_path: Path) -> None:
    source = (
        "import os\nAPPS = []\ndef add(app):\n    if os.environ.get('EXTRA'):\n"
        "        APPS.append(app)\nadd('x')\n"
    )
    assert [found for found, _ in all_values(read(tmp_path, source), "APPS")] == [["x"], []]


def test_what_follows_a_guard_is_conditional(tmp_path: Path) -> None:
    source = (
        "import os\nAPPS = []\ndef add(app):\n    if not os.environ.get('EXTRA'):\n        return\n"
        "    APPS.append(app)\nadd('x')\n"
    )
    assert [found for found, _ in all_values(read(tmp_path, source), "APPS")] == [["x"], []]


def test_a_list_that_was_passed_stays_the_caller_s_list(tmp_path: Path) -> None:
    source = (
        "import os\nAPPS = []\ndef fill(apps):\n    if os.environ.get('EXTRA'):\n        apps.append('x')\n"
        "    apps.append('always')\nfill(APPS)\n"
    )
    found = [each for each, _ in all_values(read(tmp_path, source), "APPS")]
    assert found == [["x", "always"], ["always"]]


def test_a_set_that_changes_in_a_branch_stays_as_it_was_on_the_other(tmp_path: Path) -> None:
    settings = read(tmp_path, "import os\nS = {'a'}\nif os.environ.get('X'):\n    S.add('b')\n")
    assert [found for found, _ in all_values(settings, "S")] == [{"a", "b"}, {"a"}]


def test_what_a_handler_calls_is_its_own_doing(tmp_path: Path) -> None:
    source = ADD + "try:\n    KEY = os.environ['KEY']\n    add('set')\nexcept KeyError:\n    add('unset')\n"
    assert [found for found, _ in all_values(read(tmp_path, source), "APPS")] == [
        ["base", "set"],
        ["base", "unset"],
    ]


def test_global_and_nonlocal_names_are_set_where_they_live(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "COUNT = 1\ndef setup():\n    global COUNT, NEW\n    COUNT = 2\n    NEW = 3\nsetup()\n"
        "def outer():\n    turns = 1\n    def inner():\n        nonlocal turns\n        turns += 1\n"
        "    inner()\n    return turns\nTURNS = outer()\n",
    )
    assert [value(settings, name) for name in ("COUNT", "NEW", "TURNS")] == [2, 3, 2]
