from __future__ import annotations

from typing import TYPE_CHECKING

from tests.project.readers.settings_reading import all_values, read, value

if TYPE_CHECKING:
    from pathlib import Path

INCLUDE = "from split_settings.tools import include, optional\n"


def test_included_files_run_in_order_among_the_names_of_the_includer(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "conf/settings/__init__.py": INCLUDE + "include('base.py', 'parts/*.py')\nDEBUG = False\n",
            "conf/settings/base.py": "DEBUG = True\nINSTALLED_APPS = ['a']\n",
            "conf/settings/parts/apps.py": "INSTALLED_APPS += ['b']\n",
        },
        module="conf.settings",
    )
    assert value(settings, "INSTALLED_APPS") == ["a", "b"]
    assert value(settings, "DEBUG") is False
    (apps,) = settings.possible("INSTALLED_APPS")
    assert str(apps.where) == "conf/settings/parts/apps.py:1"
    assert settings.complete
    assert set(settings.files) == {
        "conf/settings/__init__.py",
        "conf/settings/base.py",
        "conf/settings/parts/apps.py",
    }


def test_an_optional_file_that_is_absent_leaves_the_values_and_is_noted(tmp_path: Path) -> None:
    files = {
        "conf/settings.py": INCLUDE + "include('base.py', optional('local.py'))\n",
        "conf/base.py": "A = 1\n",
    }
    settings = read(tmp_path, files, module="conf.settings")
    assert value(settings, "A") == 1
    assert settings.complete
    assert [name for _, name in settings.overrides] == ["local.py"]


def test_a_file_that_the_environment_names_makes_them_incomplete(tmp_path: Path) -> None:
    text = INCLUDE + "import os\nA = 1\ninclude(f\"{os.environ['ENV']}.py\")\n"
    settings = read(tmp_path, {"conf/settings.py": text}, module="conf.settings")
    assert not settings.complete
    assert all_values(settings, "A") == [(1, "")]


def test_a_file_that_is_not_there_makes_them_incomplete(tmp_path: Path) -> None:
    settings = read(tmp_path, {"conf/settings.py": INCLUDE + "include('base.py')\n"}, module="conf.settings")
    assert not settings.complete


def test_files_that_include_each_other_come_to_an_end(tmp_path: Path) -> None:
    files = {"conf/a.py": INCLUDE + "X = 1\ninclude('b.py')\n", "conf/b.py": INCLUDE + "include('a.py')\n"}
    assert value(read(tmp_path, files, module="conf.a"), "X") == 1
