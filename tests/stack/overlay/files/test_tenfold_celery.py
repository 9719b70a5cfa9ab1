from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.stack.overlay.tiny_project import SQLITE, run_python, stand_up

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
class Application:
    steps = {"consumer": set()}
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


def test_the_id_of_a_task_is_read_from_a_message_that_was_not_finished(tmp_path: Path) -> None:
    settings = f"SECRET_KEY = 'x'\nDATABASES = {SQLITE}\n"
    files = {"shop/__init__.py": "", "shop/settings.py": settings, "shop/celery.py": HOLDER}
    site = stand_up(tmp_path, files, shape={"celery": "shop.celery:app"})
    kept = json.dumps([{"body": "", "headers": {"id": "7a", "task": "shop.add"}}, "", "celery"]).encode()
    code = f"import tenfold_celery as t; print(t.read_id({kept!r}), t.Redelivery in t.app.steps['consumer'])"
    assert run_python(site, code) == "7a True"
