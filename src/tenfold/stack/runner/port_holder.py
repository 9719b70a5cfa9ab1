"""Who listens on a port, from the kernel's tables: the name and the id of the process."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTENS = "0A"
"""The state in /proc/net/tcp (https://docs.kernel.org/networking/proc_net_tcp.html)."""


def find_holder(port: int, *, proc: Path = Path("/proc")) -> str:
    """ "nginx (process 4711)", with the folder of its stack when it is one of Tenfold's.

    "another process" where the kernel does not tell: another user's, or a system without /proc.
    """
    inodes = set(_inodes(port, proc))
    if not inodes:
        return "another process"
    for process in sorted(
        (one for one in proc.iterdir() if one.name.isdigit()), key=lambda one: int(one.name)
    ):
        if inodes & set(_sockets(process)):
            return _describe(process)
    return "a process of another user"


def _inodes(port: int, proc: Path) -> Iterator[str]:
    """Inodes of the sockets that listen on the port."""
    rows = []
    for table in ("net/tcp", "net/tcp6"):
        with suppress(OSError):
            rows += [line.split() for line in (proc / table).read_text(encoding="ascii").splitlines()[1:]]
    ours = [row for row in rows if len(row) > 9 and int(row[1].rpartition(":")[2], 16) == port]
    yield from (row[9] for row in ours if row[3] == LISTENS)


def _sockets(process: Path) -> Iterator[str]:
    with suppress(OSError):  # another user's process, or one that has just ended
        for entry in (process / "fd").iterdir():
            with suppress(OSError):
                target = entry.readlink().name
                if target.startswith("socket:["):
                    yield target.removeprefix("socket:[").removesuffix("]")


def _describe(process: Path) -> str:
    name, stack = "a process", ""
    with suppress(OSError):
        name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    with suppress(OSError):
        words = (process / "environ").read_bytes().split(b"\0")
        found = (word.partition(b"=")[2] for word in words if word.startswith(b"TENFOLD_STACK="))
        stack = next(found, b"").decode(errors="replace")
    home = f", of the stack in {Path(stack).parent}" if stack else ""
    return f"{name} (process {process.name}{home})"
