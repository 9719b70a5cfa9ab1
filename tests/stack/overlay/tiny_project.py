"""Tiny projects on disk with a real overlay beside them, run by this very interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.stack.environment import give_environment
from tenfold.stack.inspected import read_answer
from tenfold.stack.overlay.settings import overlay_files
from tenfold.stack.shape import DatabaseShape
from tenfold.stack.variable_rules import is_replica
from tests.builders import write_files
from tests.stack.example_site import make_shape, make_site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.stack.inspected import Inspected
    from tenfold.stack.site import Site

SCRIPTS = Path(__file__).parents[3] / "src/tenfold/stack/overlay/files"
SQLITE = '{"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}'


def clean_environment() -> dict[str, str]:
    """This process's own, without what would reach into the project."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "PYTHON", "TENFOLD"))}


def run_script(root: Path, settings: str = "shop.settings", **environment: str) -> dict[str, Any]:
    """What `inspect_project.py` prints."""
    request = {"root": str(root), "paths": [str(root)], "settings": settings, "configuration": ""}
    words = [sys.executable, "-B", "-W", "ignore", str(SCRIPTS / "inspect_project.py"), json.dumps(request)]
    ran = subprocess.run(
        words, cwd=root, env={**clean_environment(), **environment}, capture_output=True, check=True
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def stand_up(
    root: Path,
    files: Mapping[str, str],
    *,
    settings: str = "shop.settings",
    inspected: Inspected | None = None,
    shape: Mapping[str, Any] | None = None,
    **site: Any,
) -> Site:
    """The project's files and its overlay written; the site that they are of."""
    write_files(root, files)
    found = inspected or read_answer(run_script(root, settings))
    databases = tuple(
        DatabaseShape(alias, str(entry.get("ENGINE")), str(entry.get("NAME")), replica=is_replica(alias))
        for alias, entry in found.entries("DATABASES").items()
    )
    given = {
        "root": str(root),
        "folder": str(root),
        "paths": (str(root),),
        "python": sys.executable,
        "python_version": sys.version_info[:2],
        "django": found.django_version,
        "settings_module": settings,
        "wsgi": "",
        "celery": "",
        "databases": databases,
        "installed": found.installed,
        "inspected": found,
    }
    made = make_site(str(root / ".tenfold"), shape=make_shape(**{**given, **(shape or {})}), **site)
    made = replace(made, environment=give_environment(made, inherited={})[0])
    for file in overlay_files(made):
        write_files(root / ".tenfold", {file.path: file.text})
    return made


def run_python(site: Site, code: str, *, role: str = "app") -> str:
    """What a Python process of the project prints."""
    environment = {**clean_environment(), **site.environment, "TENFOLD_ROLE": role}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=site.shape.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def resolved(site: Site, expression: str, *, role: str = "app") -> Any:
    """The value of an expression over `settings`, as JSON carries it."""
    code = f"import json; from django.conf import settings; print(json.dumps({expression}))"
    return json.loads(run_python(site, code, role=role))
