"""A visitor, a member and one of the staff use the reference project in a real browser, on its whole stack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.live.reference.browser import PROGRAM, Browser
from tests.live.stack.driving import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.reference.browser import Page

pytest.importorskip("rest_framework")
pytestmark = [
    pytest.mark.live,
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed"),
]
REFERENCE = Path(__file__).parents[3] / "reference"
NOT_COPIED = shutil.ignore_patterns(
    "__pycache__", ".env", ".tenfold", "media", "*.sqlite3", ".ruff_cache", "build"
)
PASSWORD = "a long passphrase of mine"
STAFF = (
    "from django.contrib.auth import get_user_model as user;"
    f"user().objects.create_superuser('staff@bazaar.example', '{PASSWORD}')"
)


@dataclass(frozen=True)
class Site:
    """The reference project on its stack, with rows."""

    folder: Path
    url: str
    mails: str
    pictures: Path

    def shoot(self, page: Page, name: str) -> None:
        page.shoot(self.pictures / f"{name}.png")


def tenfold(folder: Path, verb: str, *words: object) -> str:
    line = [sys.executable, "-m", "tenfold", verb, "-C", str(folder), *map(str, words)]
    if verb == "up":
        line = [sys.executable, "-m", "tenfold", verb, str(folder), *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, f"tenfold {verb}: {done.stderr or done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Pictures go to the folder that TENFOLD_SCREENSHOTS names, else they are thrown away."""
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        project = Path(folder) / "bazaar"
        shutil.copytree(REFERENCE, project, ignore=NOT_COPIED)
        pictures = Path(os.environ.get("TENFOLD_SCREENSHOTS", folder))
        options = ("--http-port", free_port(), "--https-port", free_port())
        try:
            tenfold(project, "up", "--detach", "--wheels", "--python", sys.executable, *options)
            tenfold(project, "manage", "seed", "--rows", 3000)
            tenfold(project, "manage", "shell", "-c", STAFF)
            status = json.loads(tenfold(project, "status", "--json"))
            held = json.loads((project / ".tenfold/ports.json").read_text())
            mails = f"http://127.0.0.1:{held['mail-web']}/"
            yield Site(project, status["url"].rstrip("/"), mails, pictures)
        finally:
            subprocess.run(
                [sys.executable, "-m", "tenfold", "down", "-C", str(project), "--hard"], check=False
            )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        made = Browser(Path(folder))
        try:
            yield made
        finally:
            made.close()


def log_in(page: Page, site: Site, email: str) -> None:
    page.go(f"{site.url}/people/login/")
    page.fill(username=email, password=PASSWORD)
    page.click("main button", "Log in")


def wait_for_letter(page: Page, site: Site, subject: str) -> None:
    """The worker sends it after the request: the mail page shows it when it has come."""
    ends = time.monotonic() + 30
    while True:
        page.go(site.mails)
        if subject in page.text:
            return
        assert time.monotonic() < ends, f"no letter came: {page.text}"
        time.sleep(0.2)


def wait_until_found(page: Page, site: Site, words: str, text: str) -> None:
    """A worker brings it into the index some seconds after the review."""
    ends = time.monotonic() + 30
    while True:
        page.go(f"{site.url}/search/?{urlencode({'q': words})}")
        if text in page.text:
            return
        assert time.monotonic() < ends, f"{words!r} did not find it: {page.text}"
        time.sleep(0.5)


def test_a_visitor_finds_a_product_and_reads_what_others_think(site: Site, browser: Browser) -> None:
    page = browser.open_page()
    page.go(f"{site.url}/")
    assert "Bought, used, reviewed" in page.text
    site.shoot(page, "visitor-home")
    page.click("nav a", "Products")
    assert page.run("document.querySelectorAll('.product-card').length") == 24
    page.click(".product-card a")
    name = page.run("document.querySelector('h1').textContent")
    assert page.run("document.querySelectorAll('.review').length") == 10
    site.shoot(page, "visitor-product")
    page.click(".pages a", "Next")
    assert "cursor=" in page.address
    assert page.run("document.querySelectorAll('.review').length") == 10
    page.click(".pages a", "Back")
    assert page.run("document.querySelector('h1').textContent") == name
    page.click("nav a", "Search")
    page.fill(q=name.split()[-1])
    page.click("main button", "Search")
    assert name.split()[-1] in page.text
    assert page.run("document.querySelectorAll('.review, .product-card').length") > 1
    site.shoot(page, "visitor-search")
    page.click("nav a", "Leaderboard")
    assert page.run("document.querySelector('tbody td').textContent") == "1"
    site.shoot(page, "visitor-leaderboard")


@pytest.mark.parametrize("dark", [False, True])
def test_no_page_is_wider_than_a_phone(site: Site, browser: Browser, dark: bool) -> None:
    page = browser.open_page(width=390, height=844, dark=dark)
    for path in ("/", "/products/", "/leaderboard/", "/search/?q=lamp", "/people/login/"):
        page.go(f"{site.url}{path}")
        assert not page.is_wider_than_the_screen(), path
        name = path.strip("/").replace("/", "-").partition("?")[0] or "home"
        site.shoot(page, f"phone-{name}{'-dark' if dark else ''}")


def test_a_member_signs_up_writes_a_review_and_gets_a_letter_for_an_order(
    site: Site, browser: Browser
) -> None:
    page = browser.open_page()
    page.go(f"{site.url}/")
    page.click("nav a", "Sign up")
    page.fill(email="ada.miller@bazaar.example", password1=PASSWORD, password2=PASSWORD)
    page.click("main button", "Sign up")
    assert "Log out" in page.text
    page.click("nav button", "Log out")
    log_in(page, site, "ada.miller@bazaar.example")

    page.click("nav a", "Products")
    page.click(".product-card a")
    product = page.address
    page.click("main a", "Order")
    page.fill(quantity="2")
    page.click("main button", "Place the order")
    assert "A confirmation is on its way" in page.text
    site.shoot(page, "member-orders")

    page.go(product)
    page.click("main a", "Write a review")
    page.fill(
        rating="5", title="Lights up the whole room", text="Warm, quiet and sturdy.\nI would buy it again."
    )
    site.shoot(page, "member-writes")
    page.click("main button", "Publish")
    assert "your review is published" in page.text
    assert "Lights up the whole room" in page.text
    assert "ordered here" in page.run("document.querySelector('.review').innerText")
    page.click(".review button", "Helpful")
    assert "your vote is counted" in page.text
    assert "1 person finds this helpful" in page.text
    site.shoot(page, "member-product")
    wait_until_found(page, site, "lights room sturdy", "Lights up the whole room")
    site.shoot(page, "member-search")

    wait_for_letter(page, site, "Your order of")
    site.shoot(page, "member-mail")
    page.go(f"{site.url}/")
    page.click("nav button", "Log out")
    assert "Log in" in page.text
    page.go(f"{site.url}/orders/")
    assert "/people/login/" in page.address


def test_staff_administer_export_and_watch_the_site(site: Site, browser: Browser) -> None:
    page = browser.open_page()
    log_in(page, site, "staff@bazaar.example")
    page.click("nav a", "Administration")
    page.click(".model-product th a")
    assert "Select product to change" in page.text
    site.shoot(page, "staff-administration")
    page.go(f"{site.url}/")
    page.click("nav a", "Export")
    site.shoot(page, "staff-export")
    lines = page.run(
        "fetch('/reviews/export/?download=1').then(answer => answer.text()).then(text => text.split('\\n').length)"
    )
    assert lines > 2900
    page.go(f"{site.url}/-/tenfold/")
    page.wait_until("!document.body.innerText.includes('Reading…')")
    assert "product" in page.text  # of the views that took the most time
    site.shoot(page, "staff-live")
