"""The complete example of the block's page is run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

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


def test_the_complete_example_makes_a_project_that_people_can_use(tmp_path: Path) -> None:
    example = PAGE.read_text(encoding="utf-8").split("## A new project, complete")[1].split("\n## ")[0]
    (tmp_path / "people").mkdir()
    (tmp_path / "people/__init__.py").touch()
    for path, code in re.findall(r"```python\n# ([\w/.]+)[^\n]*\n(.*?)```", example, re.DOTALL):
        (tmp_path / path).write_text(code + (AROUND if path == "settings.py" else ""), encoding="utf-8")
    made = subprocess.run(
        [sys.executable, "-c", JOURNEY],
        cwd=tmp_path,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings",
            "DJANGO_SUPERUSER_EMAIL": "root@example.org",
            "DJANGO_SUPERUSER_PASSWORD": "another secret",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[-4:] == [
        "/login/",
        "True",
        "[200, 200, 200, 200]",
        "['ann@example.org', 'root@example.org']",
    ]
