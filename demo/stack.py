"""The reference project on its production topology: judged, started, filled, browsed, and what it survives."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from browsing import Person
from steps import ROOT, DemoError, make_repository, run, show_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

REFERENCE = ROOT / "reference"
OPTIONS = ("--wheels", "--python", sys.executable)
"""The servers that came with `pip install`, whatever else this machine has."""
REVIEWS = 20_000
PATIENCE = 30.0
PAUSE = 0.02
FEWEST = 50
"""Requests that must have been answered around each fault."""
SHOWN = ("app.instances", "app.workers", "database.max_connections", "timeouts.edge", "timeouts.statement")
"""Numbers of the plan that are shown; the plan has them all."""
STAFF = {
    "DJANGO_SUPERUSER_EMAIL": "staff@bazaar.example",
    "DJANGO_SUPERUSER_PASSWORD": "only for this demonstration",
}
MEMBER = ("ada@bazaar.example", "a long walk by the sea")

Json = dict[str, Any]


@dataclass(frozen=True)
class Running:
    """The stack that was started."""

    project: Path
    url: str
    score: int

    @property
    def folder(self) -> Path:
        return self.project / ".tenfold"


def tenfold(verb: str, *words: object, environment: dict[str, str] | None = None) -> str:
    """What one command of tenfold prints. `status` ends with 1 while something is not ready."""
    accepted = (0, 1) if verb == "status" else (0,)
    command = (sys.executable, "-m", "tenfold", verb, *map(str, words))
    return run(command, cwd=ROOT, accepted=accepted, environment=environment)


def start_reference(folder: Path, console: Console) -> Running:
    """Judge the reference project, start it, fill it; told on the console."""
    project = folder / "bazaar"
    if (project / ".tenfold" / "plan.json").exists():
        tenfold("down", project)
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(
        REFERENCE, project, ignore=shutil.ignore_patterns("__pycache__", ".tenfold", "*.sqlite3", ".env")
    )
    make_repository(project)
    near = project.relative_to(ROOT) if project.is_relative_to(ROOT) else project

    title = "The reference project: what `tenfold new` makes, and a review site in it"
    show_head(console, 1, title, f"tenfold audit {near}")
    audit = json.loads(tenfold("audit", project, "--no-probe", "--format", "json", "--fail-on", "never"))
    _show_audit(console, audit)

    show_head(console, 2, "What would run, and why each number is what it is", f"tenfold up {near} --plan")
    _show_plan(console, json.loads(tenfold("up", project, *OPTIONS, "--plan", "--json")))

    show_head(console, 3, "Run it, unedited, on its production topology", f"tenfold up {near} --detach")
    started = time.monotonic()
    tenfold("up", project, *OPTIONS, "--detach")
    console.print(f"   up after {time.monotonic() - started:.1f} s\n", markup=False)
    console.print("\n".join(f"   {line}" for line in tenfold("status", project).splitlines()), markup=False)

    show_head(console, 4, "Fill it by COPY", f"tenfold manage -C {near} seed --rows {REVIEWS}")
    said = tenfold("manage", "-C", project, "seed", "--rows", REVIEWS)
    console.print(f"   {said.strip().splitlines()[-1]}", markup=False)
    tenfold("manage", "-C", project, "createsuperuser", "--noinput", environment=STAFF)
    status = json.loads(tenfold("status", project, "--json"))
    return Running(project, status["url"], audit["score"]["overall"])


def _show_audit(console: Console, audit: Json) -> None:
    outcomes = [verdict["outcome"] for verdict in audit["verdicts"]]
    told = {name: outcomes.count(name) for name in dict.fromkeys(outcomes)}
    console.print(
        f"   score {audit['score']['overall']}: " + ", ".join(f"{n} {name}" for name, n in told.items())
    )


def _show_plan(console: Console, plan: Json) -> None:
    for service in plan["services"]:
        place = service["address"] or "runs once"
        console.print(f"   {service['name']:14} {service['title']:44} {place}", markup=False)
    console.print()
    for name in SHOWN:
        number = plan["numbers"][name]
        console.print(f"   {name:26} {number['value']:16} {number['reason']}", markup=False)


def browse(stack: Running, console: Console) -> Iterator[str]:
    """A visitor, a member and a member of staff; one sentence for each. DemoError when a page is not as it must be."""
    show_head(console, 5, "Browse it", stack.url)
    for journey in (_visit, _take_part, _look_behind):
        sentence = journey(stack)
        console.print(f"   {sentence}", markup=False)
        yield sentence
    near = stack.project.relative_to(ROOT) if stack.project.is_relative_to(ROOT) else stack.project
    console.print(
        f"\n   [bold]{stack.url}[/]  staff: {STAFF['DJANGO_SUPERUSER_EMAIL']}, {STAFF['DJANGO_SUPERUSER_PASSWORD']}"
    )
    console.print(
        f"   It goes on running; live figures at {stack.url}-/tenfold/. `tenfold down {near}` stops it."
    )


def _visit(stack: Running) -> str:
    visitor = Person(stack.url)
    home = visitor.open("/")
    _demand(home.status == 200 and "Bazaar" in home.body, f"the home page answers {home.status}")
    _demand(
        "/products/" in home.body and "No products yet" not in home.body, "the home page shows no product"
    )
    _demand("x-request-id" in home.headers, "the answer has no X-Request-ID")
    style = home.body.partition('rel="stylesheet" href="')[2].partition('"')[0]
    sheet = visitor.open(style)
    _demand(
        sheet.status == 200 and "immutable" in sheet.headers.get("cache-control", ""),
        f"{style}: {sheet.status}",
    )
    product = _first_product(visitor)
    for path, sign in (
        (product, "reviews"),
        ("/leaderboard/", "percentile"),
        (f"/search/?q={product.split('/')[2].replace('-', '+')}", product),
        ("/api/products/", '"results"'),
    ):
        page = visitor.open(path)
        _demand(
            page.status == 200 and sign in page.body.lower(), f"{path} answers {page.status} without {sign!r}"
        )
    return "a visitor saw products, reviews, the leaderboard and the search; files under hashed names, kept for ever"


def _first_product(person: Person) -> str:
    listed = person.open("/products/").body
    found = re.search(r'href="(/products/(?!in/)[\w-]+/)"', listed)
    _demand(found is not None, "the list shows no product")
    assert found is not None
    return found[1]


def _take_part(stack: Running) -> str:
    """Sign-up, a review, an order, and the letter that a worker sends."""
    address, password = MEMBER
    member = Person(stack.url)
    account = member.send("/people/sign-up/", email=address, password1=password, password2=password)
    _demand(
        account.status == 200 and "Log out" in account.body,
        f"the sign-up led to {account.url} ({account.status})",
    )
    slug = _first_product(member).split("/")[2]
    written = member.send(
        f"/reviews/of/{slug}/write/", rating=5, title="As promised", text="It does what it says."
    )
    _demand("As promised" in written.body, f"the review led to {written.url} ({written.status})")
    ordered = member.send(f"/orders/new/{slug}/", quantity=2)
    _demand(ordered.status == 200, f"the order led to {ordered.url} ({ordered.status})")
    _wait(lambda: _has_mail(stack, address), "no worker has sent the confirmation")
    return "a member signed up, wrote a review and ordered; a Celery worker sent the confirmation"


def _look_behind(stack: Running) -> str:
    staff = Person(stack.url)
    entered = staff.send(
        "/people/login/",
        username=STAFF["DJANGO_SUPERUSER_EMAIL"],
        password=STAFF["DJANGO_SUPERUSER_PASSWORD"],
    )
    _demand("Administration" in entered.body, f"the login led to {entered.url} ({entered.status})")
    lists = staff.open("/admin/reviews/review/")
    _demand(lists.status == 200 and "As promised" in lists.body, f"the administration answers {lists.status}")
    figures = staff.open("/-/tenfold/data.json")
    _demand(figures.status == 200 and "requests" in figures.body, f"the live figures answer {figures.status}")
    stranger = Person(stack.url).open("/-/tenfold/data.json")
    _demand("requests" not in stranger.body, "a stranger sees the live figures")
    return "a member of staff saw the review in the administration, and the live figures; a stranger did not"


def _has_mail(stack: Running, address: str) -> bool:
    letters = [one for one in (stack.folder / "mail").rglob("*") if one.is_file()]
    return any(address in one.read_text(encoding="utf-8", errors="replace") for one in letters)


def check_stack(stack: Running, browsed: Iterable[str]) -> Iterator[str]:
    """One sentence for each promise that is kept; DemoError at the first that is not. Stops the stack."""
    try:
        _demand(stack.score == 100, f"the score is {stack.score}, not 100")
        yield "the reference project scores 100"
        yield from browsed
        for victim in ("a worker of the application", "the master of app-1", "the replica"):
            yield _check_survives(stack, victim)
    finally:
        stop_stack(stack)
    yield _check_stopped(stack)


def _check_survives(stack: Running, victim: str) -> str:
    """Requests without a pause while one process is killed, until it is back."""
    process = _find(stack, victim)
    seen: list[int] = []
    over = threading.Event()

    def ask_on() -> None:
        while not over.is_set():
            seen.append(Person(stack.url).open("/").status)
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


def stop_stack(stack: Running) -> None:
    tenfold("down", stack.project)


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
