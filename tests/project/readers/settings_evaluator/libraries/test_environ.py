from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.settings import Reference
from tests.project.readers.settings_reading import read, value

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("library", ["environ", "environs"])
def test_a_default_is_given_as_it_is(tmp_path: Path, library: str) -> None:
    settings = read(
        tmp_path,
        f"from {library} import Env\nenv = Env()\nDEBUG = env.bool('DEBUG', default='False')\n"
        "HOSTS = env.list('HOSTS', default='a,b')\n",
    )
    assert (value(settings, "DEBUG"), value(settings, "HOSTS")) == ("False", "a,b")


def test_a_prefix_stands_before_the_names_that_are_read_under_it(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "from environs import Env\nenv = Env()\nwith env.prefixed('APP_'):\n    A = env.bool('A', default=True)\n"
        "    with env.prefixed('IN_'):\n        B = env('B', 'b')\nC = env.int('C', 3)\n",
    )
    assert list(settings.variables) == ["APP_A", "APP_IN_B", "C"]


def test_a_default_known_by_name_is_no_required_variable(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import environ, logging\nenv = environ.Env()\n"
        "A = env.int('A', logging.INFO)\nB = env.list('B', int, default=[1])\n",
    )
    assert isinstance(value(settings, "A"), Reference)
    assert value(settings, "B") == [1]
