from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Impact
from tests.practices.example_project import find_in

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "config/settings.py": 'INSTALLED_APPS = ["django.contrib.auth", "shop"]\n',
    "shop/models.py": """
from django.conf import settings
from django.db import models


class Order(models.Model):
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
""",
}
MIGRATION = (
    "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    operations = []\n"
)


def test_a_project_with_migrations_is_told_how_to_keep_the_way_open(tmp_path: Path) -> None:
    files = {**FILES, "shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": MIGRATION}
    (found,) = find_in(tmp_path, "accounts/custom-user", files)
    assert found.impact is Impact.LOW
    assert "1 relation of the project refers to it now" in found.message
    assert "Refer to settings.AUTH_USER_MODEL" in found.remedy


def test_a_project_without_migrations_can_still_choose(tmp_path: Path) -> None:
    (found,) = find_in(tmp_path, "accounts/custom-user", FILES)
    assert found.impact is Impact.MEDIUM
    assert found.remedy.startswith("Before the first migration")
    assert "AbstractEmailUser of django_tenfold.accounts.email_user" in found.remedy
