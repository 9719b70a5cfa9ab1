"""The reference project where production runs: what SQLite and development settings cannot show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.django_site.servers import Servers

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("rest_framework")
pytestmark = [pytest.mark.live, pytest.mark.slow]
REFERENCE = Path(__file__).parents[3] / "reference"
DEVELOPMENT = {"DEBUG": "true", "SECRET_KEY": "only for these tests " * 3}
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "Qe7rTz1uIo9pLk3jHg5fDs-aYx2cVb8nMw6QeR4tZu0iOpAsDfGh",
    "ALLOWED_HOSTS": "bazaar.example",
    "STORAGE_URL": "s3://key:secret@bazaar",
    "EMAIL_URL": "smtp+tls://bazaar:password@mail.bazaar.example:587",
    "DEFAULT_FROM_EMAIL": "hello@bazaar.example",
    "ADMINS": "admin@bazaar.example",
    "TENFOLD_METRICS_TOKEN": "fR3kPq8sVt1xZw5yBn7mLc2d",
}


@pytest.fixture(scope="module")
def running() -> Iterator[Servers]:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        try:
            servers.start("postgres")
            servers.start("cache")
            yield servers
        finally:
            servers.stop()


def manage(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "manage.py", *words],
        cwd=REFERENCE,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_reference_project_s_own_tests_pass_on_postgresql(running: Servers) -> None:
    done = manage("test", "--noinput", **DEVELOPMENT, DATABASE_URL=running.database_url())
    assert done.returncode == 0, done.stderr
    assert "skipped" not in done.stderr, done.stderr
    counted = re.search(r"Ran (\d+) tests", done.stderr)
    assert counted
    assert int(counted[1]) > 100


def test_the_deployment_checks_say_nothing_with_production_s_variables(running: Servers) -> None:
    variables = {
        **PRODUCTION,
        "DATABASE_URL": running.database_url(),
        "CACHE_URL": running.cache_url,
        "BROKER_URL": running.cache_url,
    }
    done = manage("migrate", "--verbosity", "0", **variables)
    assert done.returncode == 0, done.stderr
    done = manage("check", "--deploy", "--fail-level", "DEBUG", **variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "System check identified no issues (0 silenced)."
