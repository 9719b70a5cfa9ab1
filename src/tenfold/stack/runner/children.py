"""Starts programs, each leading a session of its own, and sees to it that nothing of one stays behind."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.stack.runner.recovery import MARK
from tenfold.stack.runner.state_file import PROC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tenfold.stack.service import Command, Service

NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")
"""Inside, root is nobody (so that PostgreSQL starts) and files stay root's."""
BURIAL = 5.0
"""Seconds after which a killed group that is still there (in an uninterruptible wait) is left to the kernel."""
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Child:
    """A program that was started. Its process id is also its group's and its session's."""

    process: subprocess.Popen[bytes]
    descriptor: int
    """A pidfd: readable when the leader has ended."""

    @property
    def pid(self) -> int:
        return self.process.pid


class Children:
    """The programs of one stack that run now. With `adopt`, what they let loose becomes ours as well.
    https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
    """

    def __init__(self, folder: Path, *, adopt: bool = False) -> None:
        self._folder = folder
        self._adopts = adopt
        self._living: dict[int, Child] = {}
        if adopt:
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def spawn(
        self, command: Command, *, output: IO[bytes] | int, open_files: int = 0, farewell: str = "TERM"
    ) -> Child:
        """Start a program in a session of its own; what it writes goes to `output`.

        `farewell` is the signal that the kernel sends it should the supervisor die. Raises OSError.
        """
        wrapped = command.unprivileged and os.geteuid() == 0
        with _open_input(command.input) as given:
            process = subprocess.Popen(
                (*NAMESPACE, *command.words) if wrapped else command.words,
                stdin=given,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=command.folder or self._folder,
                env={**os.environ, **command.environment, MARK: str(self._folder)},
                start_new_session=True,
                preexec_fn=_settle_child(open_files, farewell),
            )
        child = Child(process, os.pidfd_open(process.pid))
        self._living[child.pid] = child
        return child

    async def wait(self, child: Child) -> int:
        """Wait until the leader has ended and nothing of its group is left; its code, negative for a
        signal."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(child.descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(child.descriptor)
        code = self._bury(child)
        pause, ends = 0.002, time.monotonic() + BURIAL
        while _group_lives(child.pid) and time.monotonic() < ends:
            await asyncio.sleep(pause)
            self.reap()
            pause = min(pause * 2, 0.1)
        return code

    def _bury(self, child: Child) -> int:
        # The leader is still a zombie: the group's number cannot be another's yet.
        send(child, "KILL", group=True)
        code = child.process.wait()
        self._living.pop(child.pid, None)
        os.close(child.descriptor)
        return code

    def kill_all(self) -> None:
        """Kill every group and wait for its leader, without a loop: the last resort."""
        for child in tuple(self._living.values()):
            self._bury(child)
        self.reap()

    def reap(self) -> None:
        """Wait for adopted processes that have ended; own children are waited for by `wait`."""
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while self._adopts:
            try:
                ended = os.waitid(os.P_ALL, 0, look)
            except ChildProcessError:
                return
            if ended is None or ended.si_pid in self._living:
                return
            os.waitpid(ended.si_pid, 0)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    # A zombie that its new parent has not waited for yet holds nothing any more.
    with os.scandir(PROC) as entries:
        return any(_is_member(entry.name, group) for entry in entries if entry.name.isdigit())


def _is_member(pid: str, group: int) -> bool:
    with suppress(OSError, ValueError, IndexError):
        text = (PROC / pid / "stat").read_text(encoding="ascii", errors="replace")
        state, _, its_group = text.rpartition(") ")[2].split()[:3]
        return int(its_group) == group and state not in ("Z", "X")
    return False


def _open_input(text: str) -> IO[bytes]:
    if not text:
        return Path(os.devnull).open("rb")
    descriptor = os.memfd_create("input")
    os.write(descriptor, text.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.fdopen(descriptor, "rb")


def _settle_child(open_files: int, farewell: str) -> Callable[[], None]:
    library = ctypes.CDLL(None)
    number = int(getattr(signal, f"SIG{farewell}"))
    supervisor = os.getpid()

    def settle() -> None:
        library.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != supervisor:
            os._exit(1)
        if open_files:
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            most = open_files if hard == resource.RLIM_INFINITY else min(open_files, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))

    return settle


def send(child: Child, name: str, *, group: bool = False) -> None:
    """Send a signal to the leader, or to its whole group. One that has gone needs none."""
    number = getattr(signal, f"SIG{name}")
    with suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(child.pid, number)
        else:
            signal.pidfd_send_signal(child.descriptor, number)


def check_namespace(services: Iterable[Service]) -> None:
    """Raises TenfoldError when a program that refuses root cannot be given a user namespace."""
    commands = [
        command
        for service in services
        for command in (service.command, *(step.command for step in service.steps))
    ]
    if os.geteuid() != 0 or not any(command.unprivileged for command in commands):
        return
    why = "unshare is not there (package util-linux)."
    with suppress(FileNotFoundError):
        done = subprocess.run([*NAMESPACE, "true"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        why = done.stderr.strip()
    raise TenfoldError(
        "PostgreSQL refuses to run as root, and no user namespace can be made for it.",
        why=why,
        next_step="Run as another user, or allow user namespaces:"
        " sysctl -w user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1",
    )
