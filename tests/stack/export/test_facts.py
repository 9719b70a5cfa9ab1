from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tenfold.config import UpConfig
from tenfold.errors import TenfoldError
from tenfold.project.readers.project import Reading, read_project
from tenfold.stack.export.facts import Deployment, find_work, make_input
from tenfold.topology.model import Machine
from tenfold.topology.sizing import size
from tests.builders import list_files, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.stack.export.input import ExportInput

MANAGE = """\
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""
WSGI = """\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
application = get_wsgi_application()
"""
SETTINGS = """\
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ["SHOP_SIGNING"]
DEBUG = os.environ.get("SHOP_DEBUG") == "1"
ALLOWED_HOSTS = ["shop.example.org", ".shop.example.com", "127.0.0.1"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
INSTALLED_APPS = ["django_celery_beat"]
if os.environ.get("STORE") == "pg":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ.get("SHOP_STORE_AT", ""),
            "PASSWORD": os.environ.get("SHOP_STORE_WORD"),
            "NAME": "shop",
        }
    }
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
STATIC_URL = "/assets/"
STATIC_ROOT = BASE_DIR / "collected"
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / "uploads"
PAYMENT_TOKEN = os.environ.get("PAYMENT_TOKEN", "")
"""
URLS = """\
from django.urls import path
from shop import views

urlpatterns = [path("", views.home), path("things/<int:pk>/healthz/", views.home), path("healthz/", views.home)]
"""
CELERY = """\
from celery import Celery

queue = Celery("shop")
"""
FILES = {
    "manage.py": MANAGE,
    "shop/__init__.py": "",
    "shop/wsgi.py": WSGI,
    "shop/settings.py": SETTINGS,
    "shop/urls.py": URLS,
    "shop/views.py": "def home(request): ...\n",
    "shop/tasks/__init__.py": "",
    "shop/tasks/app.py": CELERY,
    "requirements.txt": "Django==5.2.4\ngunicorn==23.0.0\ncelery==5.5.0\npsycopg==3.2.9\n",
    ".python-version": "3.12.4\n",
}


def read(root: Path, config: UpConfig | None = None, **files: str) -> ExportInput:
    config = config or UpConfig()
    # Every file counts as tracked, as in a checkout.
    project = replace(read_project(write_files(root, FILES | files), Reading()), files=list_files(root))
    topology = size(Machine(cores=4, memory=8 * 1024**3, open_files=524288), find_work(project, config))
    return make_input(project, config, topology=topology, deployment=Deployment(folder="deploy/compose"))


def test_static_facts_alone_describe_the_shop(tmp_path: Path) -> None:
    one = read(tmp_path / "Big_Shop")
    assert one.name == "big-shop"
    assert one.python == "3.12"
    assert one.settings_module == "shop.settings"
    assert one.application == "shop.wsgi:application"
    assert one.server == "gunicorn"
    assert one.hosts == ("shop.example.org", "shop.example.com")
    assert one.health == "/healthz/"
    assert (one.static_url, one.media_url) == ("/assets/", "/media/")
    assert (one.paths.static_root, one.paths.media_root) == ("collected", "uploads")
    assert one.folder == "deploy/compose"
    assert one.context == "../.."


def test_the_settings_tell_what_a_variable_decides(tmp_path: Path) -> None:
    roles = {variable.name: variable.role for variable in read(tmp_path).variables}
    assert roles["SHOP_SIGNING"] == "secret-key"
    assert roles["SHOP_STORE_AT"] == "database-host"
    assert roles["SHOP_STORE_WORD"] == "database-password"
    assert roles["STORE"] == "=pg"
    assert roles["PAYMENT_TOKEN"] == ""


def test_celery_and_its_schedule_are_found_in_source(tmp_path: Path) -> None:
    one = read(tmp_path)
    assert one.celery == "shop.tasks.app:queue"
    assert one.scheduled
    assert one.beat_scheduler == "django_celery_beat.schedulers:DatabaseScheduler"


def test_a_worker_that_is_left_out_takes_the_scheduler_with_it(tmp_path: Path) -> None:
    one = read(tmp_path, UpConfig(without=("worker",)))
    assert one.celery == ""
    assert not one.scheduled


def test_what_the_project_lacks_is_installed_beside_it(tmp_path: Path) -> None:
    one = read(tmp_path, **{"requirements.txt": "Django==5.2.4\ncelery==5.5.0\n"})
    assert one.server == "granian"
    assert one.packaging.missing == ("granian", "psycopg[binary]", "redis")
    assert any("granian" in note for note in one.notes)


def test_a_project_that_names_no_packages_gets_django_and_a_note(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    (tmp_path / "requirements.txt").unlink()
    config = UpConfig()
    project = read_project(tmp_path, Reading())
    topology = size(Machine(cores=4, memory=8 * 1024**3, open_files=524288), find_work(project, config))
    one = make_input(project, config, topology=topology, deployment=Deployment(folder="deploy/compose"))
    assert one.packaging.install == ""
    assert one.packaging.missing[:2] == ("django", "celery")
    assert any("requirements.txt" in note for note in one.notes)


def test_the_file_of_production_is_installed_from(tmp_path: Path) -> None:
    files = {"requirements/production.txt": "-r base.txt\n", "requirements/base.txt": "Django==5.2.4\n"}
    packaging = read(tmp_path, **files).packaging
    assert packaging.install == "requirements/production.txt"
    assert "requirements/base.txt" in packaging.files


def test_wheels_beside_the_requirements_are_there_when_these_are_installed(tmp_path: Path) -> None:
    files = {"requirements.txt": "--find-links wheels\nDjango==5.2.4\n", "wheels/README.md": ""}
    assert read(tmp_path, **files).packaging.files == ("requirements.txt", "wheels")


def test_the_middleware_that_answers_probes_is_asked(tmp_path: Path) -> None:
    middleware = "django_tenfold.observability.health_middleware.HealthMiddleware"
    settings = FILES["shop/settings.py"] + f'\nMIDDLEWARE = ["{middleware}"]\n'
    assert read(tmp_path, **{"shop/settings.py": settings}).health == "/readyz"


def test_a_static_root_that_is_committed_is_not_collected_again(tmp_path: Path) -> None:
    one = read(tmp_path, **{"collected/site.css": "a {}\n"})
    assert one.paths.static_built
    assert any("already built" in note for note in one.notes)


def test_files_in_object_storage_need_no_folder(tmp_path: Path) -> None:
    storages = 'STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}\n'
    assert read(tmp_path, **{"shop/settings.py": SETTINGS + storages}).paths.media_root == ""


def test_a_project_without_settings_is_refused_with_advice(tmp_path: Path) -> None:
    write_files(tmp_path, {"manage.py": "import django\n", "requirements.txt": "Django==5.2.4\n"})
    project = read_project(tmp_path, Reading())
    topology = size(Machine(cores=2, memory=4 * 1024**3, open_files=65536), find_work(project, UpConfig()))
    with pytest.raises(TenfoldError, match="--settings"):
        make_input(project, UpConfig(), topology=topology, deployment=Deployment())


def test_hosts_of_the_command_line_win(tmp_path: Path) -> None:
    project = read_project(write_files(tmp_path, FILES), Reading())
    topology = size(Machine(cores=2, memory=4 * 1024**3, open_files=65536), find_work(project, UpConfig()))
    deployment = Deployment(hosts=("shop.test",), name="My Shop!", folder="deploy/x")
    one = make_input(project, UpConfig(), topology=topology, deployment=deployment)
    assert one.hosts == ("shop.test",)
    assert one.name == "my-shop"


def test_a_configured_pooler_is_kept_to(tmp_path: Path) -> None:
    assert read(tmp_path / "auto").pooled
    assert not read(tmp_path / "own", UpConfig(pooler="persistent")).pooled


def test_a_front_end_that_nobody_builds_is_spoken_of(tmp_path: Path) -> None:
    assert any("package.json" in note for note in read(tmp_path / "a", **{"package.json": "{}"}).notes)
    assert not any("package.json" in note for note in read(tmp_path / "b").notes)


def test_what_an_export_does_not_hold_is_said(tmp_path: Path) -> None:
    config = UpConfig(broker="rabbitmq", cache="memcached", database="keep", services=("varnish", "metrics"))
    notes = "\n".join(read(tmp_path / "a", config).notes)
    for words in (
        'broker = "rabbitmq"',
        'cache = "memcached"',
        'database = "keep"',
        "Not exported: varnish.",
    ):
        assert words in notes
    assert "exported" not in "\n".join(read(tmp_path / "b").notes)


def test_consumers_are_served_through_asgi_whatever_the_requirements_say(tmp_path: Path) -> None:
    settings = (
        SETTINGS.replace('["django_celery_beat"]', '["channels"]')
        + 'ASGI_APPLICATION = "shop.asgi.application"\n'
    )
    one = read(tmp_path, **{"shop/settings.py": settings, "shop/asgi.py": "application = None\n"})
    assert one.topology.work.interface == "asgi"
    assert one.application == "shop.asgi:application"


def test_a_project_on_mysql_is_told_that_the_database_is_another(tmp_path: Path) -> None:
    settings = SETTINGS.replace("backends.postgresql", "backends.mysql").replace(
        "backends.sqlite3", "backends.mysql"
    )
    notes = read(tmp_path / "a", **{"shop/settings.py": settings}).notes
    assert any("is django.db.backends.mysql" in note for note in notes)
    assert not any("change its ENGINE" in note for note in read(tmp_path / "b").notes)
