from __future__ import annotations

from typing import TYPE_CHECKING

from tests.stack.overlay.tiny_project import SQLITE, run_python, stand_up

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
class Application:
    pass
app = Application()
"""


def test_the_projects_application_is_found_on_the_stacks_settings(tmp_path: Path) -> None:
    settings = f"SECRET_KEY = 'x'\nDATABASES = {SQLITE}\n"
    files = {"shop/__init__.py": "", "shop/settings.py": settings, "shop/celery.py": HOLDER}
    site = stand_up(tmp_path, files, shape={"celery": "shop.celery:app"})
    code = (
        "import os, tenfold_celery; from django.conf import settings\n"
        "print(type(tenfold_celery.app).__name__, settings.SETTINGS_MODULE, os.environ['DJANGO_SETTINGS_MODULE'])"
    )
    assert run_python(site, code) == "Application tenfold_settings tenfold_settings"
