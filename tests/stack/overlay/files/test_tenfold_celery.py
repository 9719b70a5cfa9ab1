from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.stack.overlay.tiny_project import SQLITE, run_python, stand_up

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.stack.site import Site

HOLDER = """
import os
from types import SimpleNamespace
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
class Application:
    steps = {"consumer": set()}
    conf = SimpleNamespace(
        task_time_limit=None, task_soft_time_limit=None, broker_transport_options={}, broker_url=""
    )
app = Application()
"""
REAL = """
import os
from celery import Celery
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="JOBS")
"""
SHOW = (
    "from tenfold_celery import app; c = app.conf;"
    "print(c.task_soft_time_limit, c.task_time_limit, c.broker_transport_options.get('visibility_timeout'))"
)


def filled_gaps(root: Path, *lines: str) -> tuple[str, Site]:
    """The limits that the worker's application has at last, and the site."""
    settings = "\n".join(("SECRET_KEY = 'x'", f"DATABASES = {SQLITE}", *lines, ""))
    files = {"shop/__init__.py": "", "shop/settings.py": settings, "shop/celery.py": REAL}
    site = stand_up(root, files, shape={"celery": "shop.celery:app"})
    return run_python(site, SHOW), site


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


def test_an_application_without_limits_gets_those_of_the_topology_under_any_namespace(tmp_path: Path) -> None:
    shown, site = filled_gaps(tmp_path, "JOBS_BROKER_URL = 'redis://somewhere/0'")
    tasks = site.topology.tasks
    assert shown == (
        f"{tasks.soft_time_limit.whole} {tasks.time_limit.whole} {tasks.visibility_timeout.whole}"
    )


def test_limits_of_the_applications_own_are_left_both(tmp_path: Path) -> None:
    shown, _ = filled_gaps(
        tmp_path,
        "JOBS_BROKER_URL = 'redis://somewhere/0'",
        "JOBS_TASK_TIME_LIMIT = 7200",
        "JOBS_BROKER_TRANSPORT_OPTIONS = {'visibility_timeout': 9000}",
    )
    assert shown == "None 7200 9000"


def test_a_broker_that_sees_its_consumers_leave_has_no_visibility_timeout(tmp_path: Path) -> None:
    settings = f"SECRET_KEY = 'x'\nDATABASES = {SQLITE}\nJOBS_BROKER_URL = 'amqp://somewhere/'\n"
    files = {"shop/__init__.py": "", "shop/settings.py": settings, "shop/celery.py": REAL}
    site = stand_up(tmp_path, files, shape={"celery": "shop.celery:app"}, config={"broker": "rabbitmq"})
    assert run_python(site, SHOW).endswith(" None")
