"""What the page of the observability block shows and claims holds."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from django_tenfold.observability.settings import ObservabilityOptions

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/blocks/observability.md").read_text(encoding="utf-8")
HOW_TO = (ROOT / "docs/how-to/find-slow-queries.md").read_text(encoding="utf-8")

AROUND = """
SECRET_KEY = "only for the test"
ROOT_URLCONF = "urls"
ALLOWED_HOSTS = ["testserver"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}}
USE_TZ = True
"""
URLS = """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("shop/", lambda request: HttpResponse(b"ok"), name="shop")]
"""
JOURNEY = """
import django
django.setup()
from django.core.checks import run_checks
from django.test import Client
print([one.id for one in run_checks(tags=["observability"], include_deployment_checks=True)])
print(Client().get("/shop/", headers={"X-Request-ID": "request-1"}).headers["X-Request-ID"])
"""


def test_the_complete_settings_file_serves_a_request_and_passes_its_checks(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n# settings.py\n(from django_tenfold.conf.*?)```", PAGE, re.DOTALL)
    (tmp_path / "settings.py").write_text(code + AROUND, encoding="utf-8")
    (tmp_path / "urls.py").write_text(URLS, encoding="utf-8")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-c", JOURNEY],
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines() == ["[]", "request-1"], done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    (access,) = [line for line in lines if line["logger"] == "tenfold.access"]
    (examples,) = (
        one for one in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) if "tenfold.access" in one
    )
    shown = json.loads("{" + examples.rpartition("\n{")[2])
    assert set(access) == set(shown) - {"user"}


def test_options_and_checks_that_the_pages_name_exist() -> None:
    names = {one.name for one in fields(ObservabilityOptions)}
    quoted = set(
        re.findall(r'"([a-z_]+)": ', "".join(re.findall(r"TENFOLD_OBSERVABILITY = \{[^}]*\}", PAGE + HOW_TO)))
    )
    assert quoted
    assert quoted <= names
    assert {"sql_comment_sample", "explain_timeout_ms", "error_mails_per_hour"} <= names
    checks = (ROOT / "src/django_tenfold/observability/checks.py").read_text(encoding="utf-8")
    assert {one for one in re.findall(r"tenfold\.[EW]4\d\d", PAGE) if one not in checks} == set()


def test_the_queries_of_the_log_run_on_its_lines(tmp_path: Path) -> None:
    jq = shutil.which("jq")
    if jq is None:
        pytest.skip("jq is not installed")
    lines = [
        {"logger": "tenfold.access", "view": "a", "ms": 5.0, "sql_ms": 1.0, "queries": 2},
        {"logger": "tenfold.access", "view": "b", "ms": 50.0, "sql_ms": 1.0, "queries": 2},
        {"logger": "tenfold.slow_queries", "message": "No plan for x"},
        {
            "logger": "tenfold.slow_queries",
            "sql": "SELECT ?",
            "ms": 812.0,
            "fingerprint": "x",
            "where": "a.py:1 in b",
        },
    ]
    (tmp_path / "app.log").write_text("".join(json.dumps(line) + "\n" for line in lines))
    commands = [one[2:] for one in re.findall(r"```console\n(.*?)```", HOW_TO, re.DOTALL)]
    told = [
        subprocess.run(
            ["sh", "-c", one], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True
        ).stdout.split("\n")[0]
        for one in commands
    ]
    assert [one.split("\t")[0] for one in told] == ["b", "812"]


def test_figures_on_the_page_are_those_of_the_benchmarks() -> None:
    results = ROOT / "benchmarks/results"
    page = " ".join(PAGE.split())
    lines = json.loads((results / "json_logging.json").read_text())
    stacks = json.loads((results / "middleware.json").read_text())
    assert f"takes {lines['application']['ratio']:.2f} times" in page
    assert f"an access line {lines['access']['ratio']:.2f} times" in page
    assert f"add {stacks['wsgi']['observability']['added_us']:.0f} microseconds" in page
    assert f"it is {stacks['wsgi']['all blocks']['added_us']:.0f}." in page
