"""The page's steps, as they stand there, make of a project with settings of its own one that has the blocks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs/how-to/adopt-in-an-existing-project.md"

SETTINGS = """
import os
SECRET_KEY = "only for the test"
ROOT_URLCONF = "urls"
ALLOWED_HOSTS = ["testserver"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGIN_REDIRECT_URL = "/admin/"
STATIC_URL = "static/"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "cache"}}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"shop": {"handlers": ["console"], "level": "INFO"}},
}
"""
URLS = """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"""
BEGIN = """
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
"""
BEFORE = f"""{BEGIN}
call_command("migrate", verbosity=0)
User.objects.create_superuser("ann", "ann@example.org", "the right one")
browser = Client()
browser.post("/admin/login/", {{"username": "ann", "password": "the right one"}})
print(browser.cookies["sessionid"].value)
"""
AFTER = f"""{BEGIN}
import sys
from django.core.checks import run_checks
call_command("makemigrations", check=True, verbosity=0)
call_command("migrate", verbosity=0)
call_command("adopt_sessions", stdout=sys.stderr)
browser = Client()
browser.cookies["sessionid"] = sys.argv[1]
print(browser.get("/admin/").status_code, browser.get("/-/tenfold/").status_code, Client().get("/livez").status_code)
data = {{"username": "ann", "password": "wrong"}}
behind = Client(headers={{"x-forwarded-for": "203.0.113.7"}})
print([behind.post("/admin/login/", data).status_code for _ in range(9)])
found = [one for one in run_checks(include_deployment_checks=True) if not one.is_silenced()]
print(*sorted({{one.id for one in found if "tenfold" in one.id}}))
"""


def run_in(folder: Path, code: str, *words: str) -> tuple[str, str]:
    """What it writes to its output and to its errors."""
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "TENFOLD_METRICS_TOKEN": "a token"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def take_blocks(language: str, beginning: str = "") -> list[str]:
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return [block for block in blocks if block.startswith(beginning)]


def adopt(folder: Path) -> None:
    """Every step but the fifth, which replaces settings by ones from the environment."""
    text = (folder / "settings.py").read_text(encoding="utf-8")
    for change in take_blocks("diff"):
        old, new = (line[1:].strip() for line in change.splitlines())
        assert old in text
        text = text.replace(old, new)
    (folder / "settings.py").write_text(text + "\n".join(take_blocks("python", "# settings.py")))
    (folder / "urls.py").write_text(URLS + "".join(take_blocks("python", "# urls.py")))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "settings.py").write_text(SETTINGS)
    (tmp_path / "urls.py").write_text(URLS)
    return tmp_path


def test_an_existing_project_adopts_the_blocks_and_signs_nobody_out(project: Path) -> None:
    session = run_in(project, BEFORE)[0].strip()
    adopt(project)
    told, log = run_in(project, AFTER, session)
    pages, attempts, warnings = told.splitlines()
    assert pages == "200 200 200"
    assert (json.loads(attempts)[:5], 429 in json.loads(attempts)) == ([200] * 5, True)
    # SQLite, a cache of files, and ModelBackend for two weeks: the page speaks of all three
    assert warnings == "tenfold.W004 tenfold.W005 tenfold.W205 tenfold.W206 tenfold.W242", log
    lines = [json.loads(line) for line in log.splitlines() if '"tenfold.access"' in line]
    assert {"/admin/", "/-/tenfold/", "/admin/login/"} <= {line["path"] for line in lines}
    assert all(line["request_id"] for line in lines)


def test_each_step_of_the_page_is_taken_here() -> None:
    """A block of settings that is not tried would go unnoticed when it rots."""
    blocks = take_blocks("python")
    tried = [one for one in blocks if one.startswith(("# settings.py", "# urls.py"))]
    assert len(tried) == 6
    assert [one.splitlines()[0] for one in blocks if one not in tried] == [
        "from django_tenfold.accounts.backends import LoginThrottle",
        "from django_tenfold.conf import Environment",
    ]
