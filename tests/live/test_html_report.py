"""The HTML report in a real browser: what its script does cannot be told from its source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tenfold.report.html import render
from tests.report.sample import make_empty, make_sample

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.audit.result import Report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next((found for name in BROWSERS if (found := shutil.which(name))), None)
OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--dump-dom",
)

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(BROWSER is None, reason=f"none of these browsers is installed: {', '.join(BROWSERS)}"),
]


def open_page(report: Report, folder: Path, hash: str = "") -> str:
    """The document as it stands after its script ran."""
    page = folder / "report.html"
    page.write_text(render(report), encoding="utf-8")
    # The browser's own sandbox refuses to start as root, which is what a container runs as.
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    command = [str(BROWSER), *OPTIONS, *sandbox, f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run([*command, f"{page.as_uri()}{hash}"], capture_output=True, timeout=60, check=True)
    return done.stdout.decode()


def list_shown(document: str) -> list[str]:
    """Paths of the places that are not hidden."""
    places = re.findall(r'<details class="place"([^>]*)>\s*<summary><span class="where">([^<]*)', document)
    return [path for attributes, path in places if "hidden" not in attributes]


def test_without_a_filter_everything_is_shown(tmp_path: Path) -> None:
    document = open_page(make_sample(), tmp_path)
    assert len(list_shown(document)) == 32
    assert "32 places</output>" in document


@pytest.mark.parametrize(
    ("hash", "expected"),
    [
        ("#severity=high", ["shop/settings/base.py", "deploy/nginx.conf"]),
        ("#severity=critical,low", ["shop/settings/production.py", "shop/vues/été 100%/a,b:c.py"]),
        ("#topic=serving", ["deploy/nginx.conf"]),
        ("#fixable=yes", ["shop/settings/production.py", "shop/settings/base.py"]),
        ("#confidence=medium&q=job_02", [f"shop/jobs/job_02{number}.py" for number in range(8)]),
        ("#q=NGINX%20retries", ["deploy/nginx.conf"]),
        ("#severity=high&topic=settings", []),
    ],
)
def test_the_address_filters_the_findings(hash: str, expected: list[str], tmp_path: Path) -> None:
    document = open_page(make_sample(), tmp_path, hash)
    assert list_shown(document) == expected
    assert f"{len(expected)} of 32 places</output>" in document
    assert ('<p class="nothing" hidden="">' in document) is bool(expected)


def test_the_controls_show_the_filter_of_the_address(tmp_path: Path) -> None:
    document = open_page(make_sample(), tmp_path, "#severity=high")
    pressed = re.findall(r'value="(\w+)" aria-pressed="true"', document)
    assert pressed == ["high"]


def test_text_of_the_project_does_not_run(tmp_path: Path) -> None:
    document = open_page(make_sample(), tmp_path)
    assert document.count("<script") == 1
    assert "&lt;script&gt;alert('x')" in document


def test_an_empty_report_opens(tmp_path: Path) -> None:
    assert "Nothing could be judged." in open_page(make_empty(), tmp_path)
