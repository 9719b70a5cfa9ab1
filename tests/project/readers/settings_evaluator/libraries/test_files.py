from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.settings import Undetermined
from tests.project.readers.settings_reading import read, value

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "import json, os, tomllib\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent\n"


@pytest.mark.parametrize(
    "source",
    [
        "A = json.load(open(BASE_DIR / 'conf.json'))['hosts']\n",
        "with open(os.path.join(BASE_DIR, 'conf.json')) as f:\n    A = json.load(f)['hosts']\n",
        "with (BASE_DIR / 'conf.json').open() as f:\n    A = json.loads(f.read()).get('hosts')\n",
        "with open(BASE_DIR / 'conf.toml', 'rb') as f:\n    A = tomllib.load(f)['site']['hosts']\n",
    ],
)
def test_a_file_of_the_project_is_read(tmp_path: Path, source: str) -> None:
    sources = {
        "site_settings.py": HEAD + source,
        "conf.json": '{"hosts": ["a"]}',
        "conf.toml": '[site]\nhosts = ["a"]\n',
    }
    assert value(read(tmp_path, sources, module="site_settings"), "A") == ["a"]


def test_a_file_elsewhere_is_not_told(tmp_path: Path) -> None:
    settings = read(tmp_path, "with open('/run/secrets/key') as f:\n    KEY = f.read().strip()\n")
    assert isinstance(value(settings, "KEY"), Undetermined)
