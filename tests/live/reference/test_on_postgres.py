"""The reference project's own tests where production runs: what SQLite cannot show is shown here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.django_site.servers import Servers

pytest.importorskip("rest_framework")
pytestmark = [pytest.mark.live, pytest.mark.slow]
REFERENCE = Path(__file__).parents[3] / "reference"


def test_the_reference_project_s_own_tests_pass_on_postgresql() -> None:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        try:
            servers.start("postgres")
            done = run_tests(servers.database_url())
        finally:
            servers.stop()
    assert done.returncode == 0, done.stderr
    assert "skipped" not in done.stderr, done.stderr
    counted = re.search(r"Ran (\d+) tests", done.stderr)
    assert counted
    assert int(counted[1]) > 100


def run_tests(database: str) -> subprocess.CompletedProcess[str]:
    development = {"DEBUG": "true", "SECRET_KEY": "only for these tests " * 3, "DATABASE_URL": database}
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "manage.py", "test", "--noinput"],
        cwd=REFERENCE,
        env={**os.environ, **development},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
