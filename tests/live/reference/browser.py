"""Chromium, driven over its DevTools protocol: JSON messages over two pipes, divided by NUL. No dependency.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PROGRAM = next((found for name in NAMES if (found := shutil.which(name))), None)
OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--ignore-certificate-errors",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LAUNCH = """
import fcntl, os, sys
# Copies above both numbers first: neither pipe may be overwritten before it is moved.
commands, answers = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads commands from descriptor 3 and answers on 4."""
PATIENCE = 30.0
"""Seconds that an answer or a page may take."""


class BrowserError(AssertionError):
    """What the browser refused, or did not do in time."""


class Browser:
    """A process of Chromium with a profile of its own."""

    def __init__(self, folder: Path) -> None:
        read_commands, self._commands = os.pipe()
        self._answers, write_answers = os.pipe()
        # Its own sandbox refuses to start as root, which is what a container runs as.
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        words = [str(PROGRAM), *OPTIONS, *sandbox, f"--user-data-dir={folder}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(read_commands), str(write_answers), *words],
            pass_fds=(read_commands, write_answers),
            stderr=subprocess.DEVNULL,
        )
        os.close(read_commands)
        os.close(write_answers)
        self._rest = b""
        self._last = 0
        self._events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **parameters: Any) -> Any:
        """The result of one command. Raises BrowserError with the browser's own words."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        ends = time.monotonic() + PATIENCE
        while True:
            answer = self._read(ends, method)
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._events.append(answer)

    def forget(self) -> None:
        """The events that have come so far."""
        self._events.clear()

    def wait_for(self, event: str, session: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not any(one.get("method") == event and one.get("sessionId") == session for one in self._events):
            self._events.append(self._read(ends, event))

    def _read(self, ends: float, what: str) -> dict[str, Any]:
        while b"\0" not in self._rest:
            left = ends - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                raise BrowserError(f"no answer within {PATIENCE:g} s: {what}")
            data = os.read(self._answers, 1 << 20)
            if not data:
                raise BrowserError(f"the browser has ended before it answered: {what}")
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def open_page(self, *, width: int = 1200, height: int = 900, dark: bool = False) -> Page:
        """A page with cookies of its own, as another visitor has it."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        page.call("Page.enable")
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", features=[scheme])
        return page

    def close(self) -> None:
        os.close(self._commands)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._answers)


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser = browser
        self.session = session

    def call(self, method: str, **parameters: Any) -> Any:
        return self.browser.call(method, self.session, **parameters)

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression; of a promise what it comes to."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise BrowserError(f"{script}: {done['exceptionDetails']['exception'].get('description')}")
        return done["result"].get("value")

    @contextmanager
    def _loading(self) -> Iterator[None]:
        self.browser.forget()
        yield
        self.browser.wait_for("Page.loadEventFired", self.session)

    def go(self, address: str) -> None:
        with self._loading():
            failed = self.call("Page.navigate", url=address).get("errorText")
            if failed:
                raise BrowserError(f"{address}: {failed}")

    def click(self, selector: str, text: str = "") -> None:
        """The first element that the selector finds and that has the text; a page is loaded by that."""
        found = f"[...document.querySelectorAll({json.dumps(selector)})]"
        wanted = f"{found}.find(one => one.textContent.includes({json.dumps(text)}))"
        if not self.run(f"!!{wanted}"):
            raise BrowserError(f"nothing to click: {selector} {text!r} on {self.address}\n{self.text}")
        with self._loading():
            self.run(f"{wanted}.click()")

    def fill(self, **values: str) -> None:
        """Type into fields by their names; of radio buttons choose the one with the value."""
        for name, value in values.items():
            named = f"[...document.getElementsByName({json.dumps(name)})]"
            if self.run(f"{named}.some(one => one.type === 'radio')"):
                self.run(f"{named}.find(one => one.value === {json.dumps(value)}).click()")
                continue
            self.run(f"{named}[0].select()")
            self.call("Input.insertText", text=value)

    def wait_until(self, script: str) -> None:
        """Until the expression is true: what a page's own scripts do takes a while."""
        ends = time.monotonic() + PATIENCE
        while not self.run(script):
            if time.monotonic() > ends:
                raise BrowserError(f"not within {PATIENCE:g} s: {script} on {self.address}\n{self.text}")
            time.sleep(0.05)

    @property
    def text(self) -> str:
        """What can be read on the page."""
        return str(self.run("document.body.innerText"))

    @property
    def address(self) -> str:
        return str(self.run("location.href"))

    def is_wider_than_the_screen(self) -> bool:
        return bool(self.run("document.documentElement.scrollWidth > window.innerWidth"))

    def shoot(self, path: Path) -> None:
        """A picture of what is to be seen without scrolling."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
