"""A project that `tenfold new` makes, judged by what it is meant for: its own tests, Django's checks, the audit."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.live
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "ALLOWED_HOSTS": "example.com",
    "DATABASE_URL": "postgres://user:password@localhost:5432/name",
    "CACHE_URL": "redis://localhost:6379/0",
    "STORAGE_URL": "s3://key:secret@bucket",
    "BROKER_URL": "redis://localhost:6379/1",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    "DEFAULT_FROM_EMAIL": "hello@example.com",
    "TENFOLD_METRICS_TOKEN": "only for this check",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project called my_shop, whose files git knows of."""
    folder = tmp_path_factory.mktemp("new") / "my_shop"
    assert main(["new", "my_shop", "--no-install", "--directory", str(folder)]) == 0
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    return folder


def run(project: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command of this interpreter in the project; only what is given of the environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *words],
        cwd=project,
        env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_its_own_tests_pass_and_nothing_warns(project: Path) -> None:
    done = run(project, "-W", "error::DeprecationWarning", "manage.py", "test")
    assert done.returncode == 0, done.stderr
    assert "System check identified no issues" in done.stdout, done.stdout


def test_its_migrations_are_complete(project: Path) -> None:
    done = run(project, "manage.py", "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr


def test_django_finds_nothing_before_its_deployment(project: Path) -> None:
    done = run(project, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_production_loads_no_tool_of_development(project: Path) -> None:
    script = (
        "import django, sys; django.setup(); from my_shop import urls, wsgi;"
        "found = {'debug_toolbar', 'silk', 'django_extensions', 'zeal', 'tenfold'} & set(sys.modules);"
        "sys.exit(f'loaded: {found}' if found else 0)"
    )
    done = run(project, "-c", script, DJANGO_SETTINGS_MODULE="my_shop.settings", **PRODUCTION)
    assert done.returncode == 0, done.stderr


def test_every_missing_variable_is_told_at_once(project: Path) -> None:
    done = run(project, "manage.py", "check", DEBUG="false", SECRET_KEY="")
    assert done.returncode != 0
    assert all(name in done.stderr for name in PRODUCTION if name not in ("DEBUG", "TENFOLD_METRICS_TOKEN"))


def test_its_list_of_variables_is_in_step_with_its_settings(project: Path) -> None:
    done = run(project, "-m", "tenfold", "env", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_manifests_are_those_that_an_export_would_write_now(project: Path) -> None:
    done = run(project, "-m", "tenfold", "export", "kubernetes", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("probe", ["--probe", "--no-probe"])
def test_the_audit_gives_it_all_points_and_leaves_nothing_open(project: Path, probe: str) -> None:
    words = ["-m", "tenfold", "audit", probe, "--python", sys.executable, "--no-cache", "--format", "json"]
    report = json.loads(run(project, *words).stdout)
    topics = report["score"]["topics"]
    assert {topic["topic"]: (topic["broken"], topic["unknown"]) for topic in topics} == {
        topic["topic"]: (0, 0) for topic in topics
    }
    assert report["score"]["overall"] == 100
