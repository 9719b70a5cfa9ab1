from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.settings import Undetermined
from tests.project.readers.settings_reading import read, value

if TYPE_CHECKING:
    from pathlib import Path


def test_a_constructor_sets_what_it_sets(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "class Site:\n    port = 1\n    def __init__(self, host, port=2):\n"
        "        self.host = host\n        self.port = port\n"
        "    @property\n    def url(self):\n        return f'{self.host}:{self.port}'\n"
        "    @classmethod\n    def at(cls, host):\n        return cls(host, port=9)\n"
        "A = Site('a').port\nB = Site('b').url\nC = Site.at('c').url\n",
    )
    assert [value(settings, name) for name in "ABC"] == [2, "b:2", "c:9"]


def test_an_attribute_set_in_a_branch_is_not_told(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import os\nclass Site:\n    port = 1\n    def __init__(self):\n        if os.environ.get('X'):\n"
        "            self.port = 2\nA = Site().port\n",
    )
    assert isinstance(value(settings, "A"), Undetermined)


def test_fields_of_dataclasses_and_named_tuples_are_told(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "from dataclasses import dataclass, field\nfrom typing import NamedTuple\n@dataclass\nclass Cache:\n"
        "    host: str\n    port: int = 1\n    tags: list = field(default_factory=list)\n"
        "class Pair(NamedTuple):\n    left: int\n    right: int = 2\n"
        "cache = Cache('h', port=5)\nA = (cache.host, cache.port, cache.tags)\nB = Pair(1).left + Pair(1).right\n",
    )
    assert (value(settings, "A"), value(settings, "B")) == (("h", 5, []), 3)


def test_members_of_enumerations_count_as_their_values(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "import os\nfrom enum import Enum\nclass Stage(str, Enum):\n    LIVE = 'live'\n    TEST = 'test'\n"
        "STAGE = Stage(os.environ.get('STAGE', 'live'))\nIS_LIVE = STAGE is Stage.LIVE\nNAME = Stage.TEST.value\n",
    )
    assert [value(settings, name) for name in ("STAGE", "IS_LIVE", "NAME")] == ["live", True, "test"]


def test_a_default_is_made_once(tmp_path: Path) -> None:
    settings = read(
        tmp_path, "def add(x, into=[]):\n    into.append(x)\n    return into\nadd(1)\nA = add(2)\n"
    )
    assert value(settings, "A") == [1, 2]
