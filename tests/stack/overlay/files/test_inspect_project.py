from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.builders import write_files
from tests.stack.overlay.tiny_project import SQLITE, run_script

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = f"""
from django.utils.translation import gettext_lazy as _
print("said while importing")
SECRET_KEY = "very secret"
LANGUAGES = [("de", _("German"))]
DATABASES = {SQLITE}
DATABASES["default"]["PASSWORD"] = "hidden"
CACHEOPS_REDIS = "redis://far:6379/1"
"""


def answer_of(root: Path, text: str, **environment: str) -> dict[str, object]:
    write_files(root, {"shop/__init__.py": "", "shop/settings.py": text})
    return run_script(root, **environment)


def test_it_tells_versions_settings_and_what_the_project_sets_itself(tmp_path: Path) -> None:
    answer = run_script(write_files(tmp_path, {"shop/__init__.py": "", "shop/settings.py": SETTINGS}))
    assert answer["python"][:2] == list(sys.version_info[:2])
    assert "django" in answer["installed"]
    assert answer["facts"]["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert "CACHES" not in answer["names"]
    assert answer["facts"]["CACHES"]["default"]["BACKEND"].endswith("LocMemCache")
    assert answer["facts"]["REDIS"] == ["CACHEOPS_REDIS"]


def test_no_password_and_no_secret_is_told(tmp_path: Path) -> None:
    answer = answer_of(tmp_path, SETTINGS)
    assert "hidden" not in str(answer)
    assert "very secret" not in str(answer)


def test_what_raises_is_told_with_the_projects_own_line(tmp_path: Path) -> None:
    answer = answer_of(tmp_path, "import os\n\nKEY = os.environ['SHOP_KEY']\n")
    failure = answer["failure"]
    assert isinstance(failure, dict)
    assert (failure["file"], failure["line"], failure["variable"]) == ("shop/settings.py", 3, "SHOP_KEY")


def test_a_key_error_of_a_dictionary_is_no_missing_variable(tmp_path: Path) -> None:
    failure = answer_of(tmp_path, "KEY = {}['SHOP_KEY']\n")["failure"]
    assert isinstance(failure, dict)
    assert failure["variable"] == ""


def test_settings_that_leave_the_process_are_answered_for(tmp_path: Path) -> None:
    failure = answer_of(tmp_path, "import sys\nsys.exit('set SHOP_KEY first')\n")["failure"]
    assert isinstance(failure, dict)
    assert (failure["type"], failure["message"]) == ("SystemExit", "set SHOP_KEY first")
