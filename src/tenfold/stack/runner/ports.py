"""The stack's TCP ports: free ones, the same at every start, all below the kernel's own.

Outgoing connections get their ports from 32768 up (ip_local_port_range): a client that polls a port there
while nothing listens can be given that very port and connect to itself, and the service would look ready.
"""

from __future__ import annotations

import errno
import json
import socket
import zlib
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.stack.runner.keep import replace_file
from tenfold.stack.runner.port_holder import find_holder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

LOWEST, END = 20_000, 32_768
STRIDE = 20
"""Ports that one stack is likely to take: two stacks begin at least so far apart, or at the same place."""
USUAL = {"https": 8443, "http": 8080}
"""What people expect of a web server that is not root's."""
HIGHEST = 65_535
TAKEN = "is taken:"
"""What is said of a port that another process took between its choice and the start."""


def choose_ports(
    names: Iterable[str],
    wishes: Mapping[str, int],
    kept_file: Path,
    *,
    note: Callable[[str], None] = lambda _: None,
    running: bool = False,
) -> Mapping[str, int]:
    """A free port for each name: the one wished for, the one of the last start, or a new one.

    The choice is written to `kept_file`. `note` hears of a kept port that had to be replaced; with `running`
    none is: this stack itself holds them. Raises
    TenfoldError for a wish that cannot be had, with the process that holds the port.
    """
    wanted = tuple(dict.fromkeys(names))
    kept = _read(kept_file)
    chosen = {name: kept[name] for name in wanted if running and name in kept}
    chosen |= _take_wishes(
        {name: port for name, port in wishes.items() if name in wanted and chosen.get(name) != port}
    )
    for name in wanted:
        if name not in chosen and (port := _take_kept(kept.get(name), chosen.values(), name=name, note=note)):
            chosen[name] = port
    for name in (*(one for one in USUAL if one in wanted), *wanted):
        if name not in chosen:
            chosen[name] = _find_free(_first(name, kept_file), {*chosen.values(), *kept.values()})
    if {**kept, **chosen} != kept:
        replace_file(kept_file, json.dumps({**kept, **chosen}, indent=1, sort_keys=True) + "\n")
    return {name: chosen[name] for name in wanted}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a port cannot be listened on."""

    busy: bool
    why: str


def refuse_port(port: int) -> Refusal | None:
    """Why nothing can listen on the port of the loopback interface, None when something can.

    IPv6's loopback is asked too, where there is one: browsers try "localhost" there first, so another
    server on [::1] would answer in place of the stack. A port that only waits after its last connection
    (TIME_WAIT) is free: servers set SO_REUSEADDR.
    """
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((host, port))
                one.listen(1)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return Refusal(True, f"{find_holder(port)} holds it on {host}")
                if error.errno in (errno.EACCES, errno.EPERM):
                    return Refusal(False, "ports this low are root's")
                if family == socket.AF_INET:
                    return Refusal(False, error.strerror or str(error))
    return None


def _take_wishes(wishes: Mapping[str, int]) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for name, port in wishes.items():
        if not 0 < port <= HIGHEST:
            raise TenfoldError(
                f"Port {port} of {name} is no port.", next_step=f"Choose one between 1024 and {END - 1}."
            )
        twin = next((one for one, taken in chosen.items() if taken == port), None)
        if twin:
            raise TenfoldError(
                f"Port {port} is set for both {twin} and {name}.", next_step="Set another one for either."
            )
        if refusal := refuse_port(port):
            raise _unhad(name, port, refusal)
        chosen[name] = port
    return chosen


def _unhad(name: str, port: int, refusal: Refusal) -> TenfoldError:
    leave = f"set another one for {name}, or none: a free one is chosen then"
    return TenfoldError(
        f"Port {port}, which is set for {name}, is busy."
        if refusal.busy
        else f"Port {port} cannot be had for {name}.",
        why=f"{refusal.why[:1].upper()}{refusal.why[1:]}.",
        next_step=f"Stop that process, or {leave}." if refusal.busy else f"{leave[:1].upper()}{leave[1:]}.",
    )


def _take_kept(
    port: int | None, taken: Iterable[int], *, name: str, note: Callable[[str], None]
) -> int | None:
    """The port of the last start when it is still free."""
    if port is None or port in taken:
        return None
    refusal = refuse_port(port)
    if refusal:
        note(f"{name} had port {port} until now; {refusal.why}, so it gets another one.")
    return None if refusal else port


def _first(name: str, kept_file: Path) -> int:
    """Where the search begins. A stack's place follows from its path: most keep their ports even when the
    file is lost, and two stacks started at once seldom want the same."""
    if name in USUAL:
        return USUAL[name]
    places = (END - LOWEST) // STRIDE - 1
    return LOWEST + zlib.crc32(str(kept_file.absolute()).encode()) % places * STRIDE


def _find_free(first: int, taken: set[int]) -> int:
    for port in chain(range(first, END), range(LOWEST, first)):
        if port not in taken and refuse_port(port) is None:
            return port
    raise TenfoldError(
        f"No port between {LOWEST} and {END - 1} is free.",
        why="Each is held by another process, or this user may listen on none.",
        next_step="Stop what holds them: `ss -ltnp` lists it.",
    )


def _read(path: Path) -> dict[str, int]:
    """The ports of the last start; none when the file is not there or spoilt: new ones do no harm."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: port for name, port in data.items() if type(port) is int and 0 < port <= HIGHEST}
