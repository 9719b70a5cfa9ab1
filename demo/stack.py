"""The second half of the demonstration: a project on its production topology, and what it survives."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import ssl
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from steps import ROOT, DemoError, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

GUESTBOOK = Path(__file__).resolve().parent / "guestbook"
OPTIONS = ("--wheels", "--python", sys.executable)
"""The servers that came with `pip install`, whatever else this machine has."""
PATIENCE = 30.0
PAUSE = 0.02
FEWEST = 50
"""Requests that must have been answered around each fault."""
SHOWN = ("app.instances", "app.workers", "database.max_connections", "timeouts.edge", "timeouts.statement")
"""Numbers of the plan that are shown; the plan has them all."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Running:
    """The stack that was started."""

    project: Path
    url: str
    plan: Json
    status: Json

    @property
    def folder(self) -> Path:
        return self.project / ".tenfold"


def tenfold(verb: str, *words: object) -> str:
    """What one command of tenfold prints. `status` ends with 1 while something is not ready."""
    accepted = (0, 1) if verb == "status" else (0,)
    return run((sys.executable, "-m", "tenfold", verb, *map(str, words)), cwd=ROOT, accepted=accepted)


def start_stack(folder: Path, console: Console, head: Any) -> Running:
    """Plan and start the guestbook; told on the console."""
    project = folder / "guestbook"
    if (project / ".tenfold" / "plan.json").exists():
        tenfold("down", project)
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(GUESTBOOK, project, ignore=shutil.ignore_patterns("__pycache__"))
    near = project.relative_to(ROOT) if project.is_relative_to(ROOT) else project

    head(
        console,
        5,
        "Another project, as startproject makes it: SQLite, runserver",
        f"tenfold up {near} --plan",
    )
    plan = json.loads(tenfold("up", project, *OPTIONS, "--plan", "--json"))
    _show_plan(console, plan)

    head(console, 6, "Run it, unedited, on its production topology", f"tenfold up {near} --detach")
    started = time.monotonic()
    tenfold("up", project, *OPTIONS, "--detach")
    console.print(f"   up after {time.monotonic() - started:.1f} s\n", markup=False)
    console.print("\n".join(f"   {line}" for line in tenfold("status", project).splitlines()), markup=False)
    status = json.loads(tenfold("status", project, "--json"))
    console.print(f"\n   [bold]{status['url']}[/]")
    console.print(f"   It goes on running. `tenfold down {near}` stops it.")
    return Running(project, status["url"], plan, status)


def _show_plan(console: Console, plan: Json) -> None:
    for service in plan["services"]:
        place = service["address"] or "runs once"
        console.print(f"   {service['name']:14} {service['title']:44} {place}", markup=False)
    console.print()
    for name in SHOWN:
        number = plan["numbers"][name]
        console.print(f"   {name:26} {number['value']:16} {number['reason']}", markup=False)
    console.print(
        f"\n   {len(plan['changes'])} values are given to the project in place of its own; no file changes."
    )


def check_stack(stack: Running) -> Iterator[str]:
    """One sentence for each promise that is kept; DemoError at the first that is not. Stops the stack."""
    try:
        yield _check_pages(stack)
        yield _check_task(stack)
        for victim in ("a worker of the application", "the master of app-1", "the replica"):
            yield _check_survives(stack, victim)
    finally:
        tenfold("down", stack.project)
    yield _check_stopped(stack)


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


def ask(url: str, *, method: str = "GET", body: str = "", headers: dict[str, str] | None = None) -> Answer:
    """One request, over a connection of its own."""
    parts = urlsplit(url)
    context = ssl._create_unverified_context()  # the certificate was made for this stack alone
    connection = http.client.HTTPSConnection(parts.netloc, context=context, timeout=10)
    try:
        connection.request(method, parts.path or "/", body or None, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        return Answer(answer.status, text, {k.lower(): v for k, v in answer.getheaders()})
    finally:
        connection.close()


def _check_pages(stack: Running) -> str:
    home = ask(stack.url)
    _demand(home.status == 200 and "Guestbook" in home.body, f"{stack.url} answers {home.status}")
    style = home.body.partition('href="')[2].partition('"')[0]
    sheet = ask(stack.url.rstrip("/") + style)
    _demand(sheet.status == 200 and "font" in sheet.body, f"{style} answers {sheet.status}")
    _demand("x-request-id" in home.headers, "the answer has no X-Request-ID")
    return "pages and static files come through the edge over TLS, each request with an id"


def _check_task(stack: Running) -> str:
    """A form that is sent, a row in PostgreSQL, and a task that has changed it."""
    page = ask(stack.url)
    token = page.body.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
    cookie = page.headers.get("set-cookie", "").partition(";")[0]
    sent = ask(
        stack.url,
        method="POST",
        body=f"csrfmiddlewaretoken={token}&name=Ada&text=well+done",
        headers={
            "Cookie": cookie,
            "Referer": stack.url,
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    _demand(sent.status == 302, f"the form answers {sent.status}: {sent.body[:200]}")
    _wait(lambda: "WELL DONE" in ask(stack.url).body, "no worker has run the task")
    return "a form was saved in PostgreSQL, and a Celery worker ran its task"


def _check_survives(stack: Running, victim: str) -> str:
    """Requests without a pause while one process is killed, until it is back."""
    process = _find(stack, victim)
    seen: list[int] = []
    over = threading.Event()

    def ask_on() -> None:
        while not over.is_set():
            seen.append(ask(stack.url).status)
            time.sleep(PAUSE)

    asking = threading.Thread(target=ask_on)
    asking.start()
    try:
        os.kill(process, signal.SIGKILL)
        _wait(lambda: len(seen) >= FEWEST and _is_back(stack, process), f"{victim} did not come back")
    finally:
        over.set()
        asking.join()
    failed = [status for status in seen if status != 200]
    _demand(
        bool(seen) and not failed, f"{len(failed)} of {len(seen)} requests failed while {victim} was killed"
    )
    return f"{victim} was killed (kill -9): {len(seen)} requests, none failed, and it is back"


def _find(stack: Running, victim: str) -> int:
    status = json.loads(tenfold("status", stack.project, "--json"))
    pids = {one["name"]: one["pid"] for one in status["services"]}
    if victim == "the replica":
        return int(pids["replica-1"])
    master = int(pids["app-1"])
    if victim == "the master of app-1":
        return master
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    return int(children[-1])


def _is_back(stack: Running, killed: int) -> bool:
    """Everything is ready again, and the killed process is gone."""
    status = json.loads(tenfold("status", stack.project, "--json"))
    states = {one["state"] for one in status["services"]}
    return not Path(f"/proc/{killed}").exists() and states <= {"ready", "done"}


def _check_stopped(stack: Running) -> str:
    marker = f"TENFOLD_STACK={stack.folder}".encode()
    left = [one.parent for one in Path("/proc").glob("[0-9]*/environ") if marker in _environment(one)]
    _demand(not left, f"processes that were left: {', '.join(map(_describe, left))}")
    return "the stack stopped, and nothing of it is left running"


def _describe(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return f"{process.name}, gone by now"


def _environment(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().split(b"\0")
    except OSError:  # gone meanwhile, or another user's
        return []


def _wait(ready: Any, otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        _demand(time.monotonic() < deadline, f"{otherwise} within {PATIENCE:.0f} s")
        time.sleep(0.2)


def _demand(kept: bool, otherwise: str) -> None:
    if not kept:
        raise DemoError(otherwise)
