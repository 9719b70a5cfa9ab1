"""Turns a practice's example into a project on disk and judges it by that practice alone.

An example only shows what matters: `BASE` is a small healthy project that its files are laid over.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tenfold.practice import Finding
from tenfold.practices.catalogue import entries
from tenfold.project.readers.project import read_project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tenfold.practice import Judgement
    from tenfold.practices.catalogue import Entry
    from tenfold.project.model import Project

BASE = {
    "manage.py": (
        "import os\n"
        "import sys\n"
        "\n"
        'if __name__ == "__main__":\n'
        '    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
        "    from django.core.management import execute_from_command_line\n"
        "\n"
        "    execute_from_command_line(sys.argv)\n"
    ),
    "config/__init__.py": "",
    "config/settings.py": (
        "import os\n"
        "\n"
        'SECRET_KEY = os.environ["SECRET_KEY"]\n'
        "DEBUG = False\n"
        'ROOT_URLCONF = "config.urls"\n'
        'INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]\n'
        'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}\n'
    ),
    "config/urls.py": "from django.urls import path\n\nurlpatterns = []\n",
    "config/wsgi.py": (
        "import os\n"
        "\n"
        "from django.core.wsgi import get_wsgi_application\n"
        "\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
        "application = get_wsgi_application()\n"
    ),
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\n",
    "requirements.txt": "Django==5.2.4\n",
}


def write_project(root: Path, files: Mapping[str, str]) -> None:
    """Lay `files` over `BASE` under `root`; with a .gitignore among them everything else is committed."""
    for path, text in {**BASE, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    if ".gitignore" in files:
        subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
        subprocess.run(["git", "add", "--all"], cwd=root, check=True)


def judge(entry: Entry, root: Path) -> tuple[Project, list[Judgement]]:
    """Read the project at `root` statically and judge it by one practice."""
    project = read_project(root)
    return project, list(entry.check(project))


def places(judgements: list[Judgement]) -> set[str]:
    """Where the findings are, as "path:line" ("path" for a whole file)."""
    return {str(j.where) for j in judgements if isinstance(j, Finding)}


def find_in(root: Path, identifier: str, files: Mapping[str, str]) -> list[Finding]:
    """The findings of the practice `identifier` ("topic/name") in the project that `files` make."""
    write_project(root, files)
    (entry,) = (entry for entry in entries() if entry.practice.id == identifier)
    return [found for found in judge(entry, root)[1] if isinstance(found, Finding)]
