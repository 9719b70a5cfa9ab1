"""What the probe must not do: connect, write, start programs. The project sees a machine that is
read-only and offline, with errors of the kinds that such a machine raises.

It rests on Python's audit events (PEP 578), which reach every `open`, `connect` and `fork` of Python
code and cannot be taken off again. It protects from accidents, not from hostile native code: that
is what consent is for.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import Any, Callable, NoReturn

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
DEVICES = ("/dev/null", "/dev/tty", "/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/")
# Programs that only read and that settings and the standard library's find_library really start.
READING_PROGRAMS = {
    "ldconfig": ("-p",),
    "git": ("rev-parse", "describe", "log", "show", "symbolic-ref", "branch", "status"),
    "hostname": (),
    "uname": ("-a", "-m", "-p", "-r", "-s", "-n"),
}


class ProcessExit(BaseException):
    """The project called `os._exit`."""


class Guard:
    """Refuses what only a running system may do, and remembers what it refused."""

    def __init__(self, scratch: str) -> None:
        """`scratch` is the one folder in which files may be written (for `tempfile`)."""
        self.scratch = os.path.realpath(scratch)
        self.refused: list[tuple[str, str]] = []
        self.rules: dict[str, Callable[..., None]] = {
            "open": self.check_open,
            "sqlite3.connect": self.check_sqlite,
            "subprocess.Popen": self.check_program,
            "socket.sendmsg": self.check_message,
            "socket.getaddrinfo": self.refuse_lookup,
            "socket.gethostbyname": self.refuse_lookup,
            "socket.gethostbyaddr": self.refuse_lookup,
        }
        for event in ("socket.connect", "socket.bind", "socket.sendto"):
            self.rules[event] = self.refuse_network
        for event in ("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"):
            self.rules[event] = self.refuse_process
        for event in ("remove", "rmdir", "rename", "link", "symlink", "truncate", "chmod", "chown", "utime"):
            self.rules["os." + event] = self.check_path

    def install(self) -> None:
        """From here on the process reads only. Cannot be undone."""
        rules = self.rules

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            rule = rules.get(event)
            if rule is not None:
                rule(event, *arguments)

        sys.addaudithook(watch)
        self.soften_folders()
        self.soften_own_address()
        os._exit = leave

    def refuse(self, event: str, detail: object) -> None:
        """Notes what was refused, at most 50 times."""
        if len(self.refused) < 50:
            self.refused.append((event, str(detail)[:200]))

    def is_allowed(self, path: object) -> bool:
        """Whether a path may be written: the scratch folder, and devices."""
        if isinstance(path, int):
            return True
        text = os.fsdecode(path) if isinstance(path, (bytes, os.PathLike)) else str(path)
        return text.startswith(DEVICES) or (os.path.realpath(text) + "/").startswith(self.scratch + "/")

    def check_open(self, event: str, path: object, mode: object, flags: object) -> None:
        writes = isinstance(flags, int) and flags & WRITING
        if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
            self.check_path(event, path)

    def check_path(self, event: str, path: object, *rest: object) -> None:
        if not self.is_allowed(path):
            self.refuse(event, path)
            raise OSError(errno.EROFS, "Tenfold's probe only reads, it does not write", str(path))

    def check_sqlite(self, event: str, database: object, *rest: object) -> None:
        if str(database) != ":memory:":
            self.refuse(event, database)
            raise sys.modules["sqlite3"].OperationalError("Tenfold's probe does not connect to databases")

    def check_program(self, event: str, program: object, arguments: object, *rest: object) -> None:
        words = [str(word) for word in arguments] if isinstance(arguments, (list, tuple)) else []
        name = os.path.basename(os.fsdecode(program) if isinstance(program, bytes) else str(program))
        admitted = READING_PROGRAMS.get(name)
        if admitted is None or (admitted and not any(word in admitted for word in words[1:])):
            self.refuse_process(event, " ".join(words) or program)

    def check_message(self, event: str, sender: object, address: object = None, *rest: object) -> None:
        if address is not None:
            self.refuse_network(event, sender, address)

    def refuse_process(self, event: str, *detail: object) -> NoReturn:
        self.refuse(event, detail[0] if detail else "")
        raise FileNotFoundError(errno.ENOENT, "Tenfold's probe does not start programs", event)

    def refuse_network(self, event: str, sender: object, address: object = "", *rest: object) -> NoReturn:
        self.refuse(event, address)
        raise OSError(errno.ENETUNREACH, "Tenfold's probe does not use the network")

    def refuse_lookup(self, event: str, host: object, *rest: object) -> NoReturn:
        self.refuse(event, host)
        raise socket.gaierror(socket.EAI_FAIL, "Tenfold's probe does not use the network")

    def soften_folders(self) -> None:
        """Settings often make their log folder: nothing is made, and they go on."""
        make = os.mkdir

        def mkdir(path: Any, *arguments: Any, **options: Any) -> None:
            if self.is_allowed(path):
                make(path, *arguments, **options)
            elif os.path.exists(path):
                raise FileExistsError(errno.EEXIST, "File exists", path)
            else:
                self.refuse("os.mkdir", path)

        os.mkdir = mkdir

    def soften_own_address(self) -> None:
        """`gethostbyname(gethostname())` is common in INTERNAL_IPS: it is answered without asking."""
        own = {socket.gethostname(), "localhost", "127.0.0.1"}
        ask, ask_all = socket.gethostbyname, socket.gethostbyname_ex

        def gethostbyname(name: str) -> str:
            return "127.0.0.1" if name in own else ask(name)

        def gethostbyname_ex(name: str) -> Any:
            return (name, [], ["127.0.0.1"]) if name in own else ask_all(name)

        socket.gethostbyname, socket.gethostbyname_ex = gethostbyname, gethostbyname_ex


def leave(status: int) -> NoReturn:
    """Stands in for `os._exit`, so that a project cannot end the probe unheard."""
    raise ProcessExit(f"the project ended the process with os._exit({status!r})")


def block_databases() -> None:
    """No connection through Django either: drivers in C raise no audit events."""
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.utils import OperationalError

    def connect(self: Any, *arguments: Any) -> NoReturn:
        raise OperationalError("Tenfold's probe does not connect to databases")

    BaseDatabaseWrapper.connect = connect
    BaseDatabaseWrapper.ensure_connection = connect


def silence_logging() -> None:
    """LOGGING is read, not applied: its handlers open files and sockets."""
    from django.utils import log

    log.configure_logging = lambda *arguments: None
