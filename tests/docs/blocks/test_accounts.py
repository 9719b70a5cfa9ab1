"""What the page of the accounts block shows is run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs/blocks/accounts.md"

AROUND = """
SECRET_KEY = "only for the test"
ROOT_URLCONF = "people.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ALLOWED_HOSTS = ["testserver"]
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
"""

JOURNEY = """
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
call_command("check", fail_level="WARNING")
call_command("makemigrations", "people", verbosity=0)
call_command("makemigrations", check=True, verbosity=0)
call_command("migrate", verbosity=0)
call_command("createsuperuser", interactive=False, verbosity=0)
browser = Client()
fields = {"email": "ann@example.org", "password1": "a long secret", "password2": "a long secret"}
print(browser.post("/sign-up/", fields).url)
print(browser.login(username="ANN@example.org", password="a long secret"))
print([browser.get(path).status_code for path in ("/password/", "/email/", "/email/sent/", "/email/a:b:c/")])
print([user.email for user in get_user_model().objects.order_by("email")])
"""


def run_in(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    told = {
        "DJANGO_SETTINGS_MODULE": "settings",
        "DJANGO_SUPERUSER_EMAIL": "root@example.org",
        "DJANGO_SUPERUSER_PASSWORD": "another secret",
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_complete_example_makes_a_project_that_people_can_use(tmp_path: Path) -> None:
    example = PAGE.read_text(encoding="utf-8").split("## A new project, complete")[1].split("\n## ")[0]
    (tmp_path / "people").mkdir()
    (tmp_path / "people/__init__.py").touch()
    for path, code in re.findall(r"```python\n# ([\w/.]+)[^\n]*\n(.*?)```", example, re.DOTALL):
        (tmp_path / path).write_text(code + (AROUND if path == "settings.py" else ""), encoding="utf-8")
    made = run_in(tmp_path, JOURNEY)
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[-4:] == [
        "/login/",
        "True",
        "[200, 200, 200, 200]",
        "['ann@example.org', 'root@example.org']",
    ]


GROWN = """
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django_tenfold.accounts",
    "people",
]
AUTHENTICATION_BACKENDS = ["django_tenfold.accounts.backends.ThrottledBackend"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_tenfold.accounts.throttle_middleware.throttle_middleware",
]
TENFOLD_ACCOUNTS = {"login_free_failures": 2, "login_wait_first": 60}
"""

URLS = """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"""

LOGINS = """
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
call_command("check", fail_level="WARNING")
call_command("migrate", verbosity=0, run_syncdb=True)
get_user_model().objects.create_superuser(username="root", password="a secret")
browser = Client()
wrong = {"username": "root", "password": "wrong"}
print([browser.post("/admin/login/", wrong).status_code for _ in range(3)])
print(Client(REMOTE_ADDR="192.0.2.1").post("/admin/login/", {**wrong, "password": "a secret"}).status_code)
"""

NAMELESS = """
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.db import models
class Sailors(UserManager):
    def create_superuser(self, username, password):
        sailor = self.model(username=username, is_superuser=True)
        sailor.set_password(password)
        sailor.save()
class Sailor(AbstractBaseUser, PermissionsMixin):
    username = models.CharField(max_length=50, unique=True)
    is_staff = True
    objects = Sailors()
    USERNAME_FIELD = "username"
"""


@pytest.mark.parametrize("model", ["auth.User", "people.Sailor"])
def test_a_project_that_keeps_its_user_model_has_the_throttle_whole(tmp_path: Path, model: str) -> None:
    (tmp_path / "people").mkdir()
    for name, text in {
        "settings.py": f"{GROWN}AUTH_USER_MODEL = {model!r}\n{AROUND}",
        "people/__init__.py": "",
        "people/urls.py": URLS,
        "people/models.py": NAMELESS if model == "people.Sailor" else "",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = run_in(tmp_path, LOGINS)
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[-2:] == ["[200, 200, 429]", "302"]
