"""A project that installs the blocks is not asked to migrate them, whatever it says of primary keys.

Otherwise `makemigrations` would write a migration into the folder where the package is installed.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    DEFAULT_AUTO_FIELD=sys.argv[1],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        *(f"django_tenfold.{name}" for name in ("accounts", "conf", "db", "observability", "tasks")),
    ],
)
django.setup()
call_command("makemigrations", check=True, dry_run=True, skip_checks=True)
"""


@pytest.mark.parametrize("kind", ["AutoField", "BigAutoField", "SmallAutoField"])
def test_no_block_wants_a_migration_for_the_keys_of_a_project(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, f"django.db.models.{kind}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No changes detected" in done.stdout
