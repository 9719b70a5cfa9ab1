"""A stack without processes: a folder with plan and logs, and somebody who answers on its control socket."""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tenfold.stack.plan import StackPlan
from tenfold.stack.plan_file import encode_plan
from tenfold.stack.runner.status import ServiceStatus, StackStatus, encode_status
from tenfold.stack.service import Answers, Command, Ends, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

URL = "https://localhost:8443/"


def make_service(name: str, kind: str, **changes: Any) -> Service:
    given: dict[str, Any] = {"ready": Answers(port=1), "title": f"{kind} for tests", **changes}
    return Service(name=name, kind=kind, command=Command(("sleep", "60")), **given)


SERVICES = (
    make_service("postgres", "postgres", shell=Command(("/bin/echo", "psql"), {"PGDATABASE": "app"})),
    make_service("replica-1", "postgres", essential=False),
    make_service("migrate", "project", ready=Ends()),
    make_service("app-1", "app"),
    make_service("app-2", "app"),
    make_service("edge", "edge", address="127.0.0.1:8443"),
)


def make_stack(home: Path, services: tuple[Service, ...] = SERVICES) -> Path:
    """The folder of a stack of the project in `home`, as `up` writes it."""
    folder = home / ".tenfold"
    for inside in ("run", "logs"):
        (folder / inside).mkdir(parents=True)
    plan = StackPlan("shop", str(home), str(folder), URL, services)
    (folder / "plan.json").write_text(encode_plan(plan))
    return folder


def make_status(folder: Path, **states: str) -> StackStatus:
    """Every service ready (migrate done), but for those named (app_1="failed")."""
    ready = {one.name: "done" if one.ends else "ready" for one in SERVICES}
    ready |= {name.replace("_", "-"): state for name, state in states.items()}
    services = tuple(
        ServiceStatus(
            one.name,
            one.kind,
            one.title,
            ready[one.name],
            since=1.0,
            run=1,
            address=one.address,
            essential=one.essential,
        )
        for one in SERVICES
    )
    return StackStatus("shop", str(folder), URL, "running", 1.0, os.getpid(), services)


@dataclass
class Supervisor:
    """Answers each request with what `answers` holds for its verb: a value, or a function of the request."""

    folder: Path
    answers: dict[str, Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]] | bytes]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, line: bytes) -> bytes:
        request = json.loads(line)
        self.asked.append(request)
        found = self.answers.get(request["verb"], {"ok": False, "what": f"no {request['verb']} here"})
        if isinstance(found, bytes):
            return found
        value = found(request) if callable(found) else found
        return json.dumps({"ok": True, **value}).encode() + b"\n"

    def verbs(self) -> list[str]:
        return [one["verb"] for one in self.asked]


@contextmanager
def supervising(folder: Path, **answers: Any) -> Iterator[Supervisor]:
    """Somebody who answers for the stack: its status, and what the test says."""
    supervisor = Supervisor(folder, {"status": encode_status(make_status(folder)), **answers})
    server = bind_socket(folder)
    thread = threading.Thread(target=_serve, args=(server, supervisor))
    thread.start()
    try:
        yield supervisor
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.close()
        (folder / "run/control.sock").unlink(missing_ok=True)


def bind_socket(folder: Path) -> socket.socket:
    """A listening control socket, however long the folder's path is."""
    descriptor = os.open(folder / "run", os.O_RDONLY | os.O_DIRECTORY)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(f"/proc/self/fd/{descriptor}/control.sock")
    os.close(descriptor)
    server.listen()
    return server


def _serve(server: socket.socket, supervisor: Supervisor) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with suppress(BrokenPipeError), connection, connection.makefile("rb") as lines:
            if line := lines.readline():
                connection.sendall(supervisor.answer(line))
