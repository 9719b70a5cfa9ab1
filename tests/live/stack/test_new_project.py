"""A new project, unedited, on its whole stack: a person signs up, logs in and gets mail through the worker."""

from __future__ import annotations

import http.cookiejar
import re
import ssl
import tomllib
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import main
from tests.live.stack.running_stack import RunningStack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.slow]
PASSWORD = "a long enough passphrase"


class Browser:
    """Keeps cookies, fills forms."""

    def __init__(self, url: str) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), jar)
        self.url = url.rstrip("/")

    def get(self, path: str) -> str:
        with self.opener.open(self.url + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: str) -> str:
        """The page that the form leads to."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert token, path
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        request = urllib.request.Request(self.url + path, data, {"Referer": self.url + path})
        with self.opener.open(request, timeout=30) as answer:
            return str(answer.read().decode())


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[RunningStack]:
    folder = tmp_path / "shop"
    assert main(["new", "shop", "--no-install", "--directory", str(folder)]) == 0
    told = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    running = RunningStack(folder, environment=told["tool"]["tenfold"]["up"]["environment"])
    yield running
    running.clean_up()


def test_a_person_signs_up_and_logs_in_on_a_stack_that_nobody_configured(stack: RunningStack) -> None:
    stack.start()
    visitor = Browser(stack.plan.url)
    assert "Welcome to Shop" in visitor.get("/")
    page = visitor.post("/people/sign-up/", email="ann@example.com", password1=PASSWORD, password2=PASSWORD)
    assert "ann@example.com" in page
    again = Browser(stack.plan.url)
    assert "ann@example.com" in again.post("/people/login/", username="ANN@example.com", password=PASSWORD)
    assert "correct" in Browser(stack.plan.url).post(
        "/people/login/", username="ann@example.com", password="guessed"
    )
    assert {one.name for one in stack.plan.services} >= {"worker", "broker", "cache", "postgres", "edge"}
    assert stack.stop() == 0
    assert stack.left() == []
