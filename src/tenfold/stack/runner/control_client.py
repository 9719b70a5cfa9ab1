"""Talks to the supervisor of a running stack: one JSON object a line over its Unix socket, one in answer.

    {"verb": "status"}
    {"verb": "down", "hard": false}
    {"verb": "restart", "names": ["app-1"]}
    {"verb": "kill", "name": "app-1", "signal": "KILL"}
    {"verb": "lag", "seconds": 5.0}

An answer holds "ok": true, or "ok": false with "what", "why" and "next_step" for the person. The socket
is `control.sock` in the stack's run folder; `tenfold.stack.runner.control_server` is its other end.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Mapping

SOCKET = "run/control.sock"
SECONDS = 10.0
"""A supervisor answers in milliseconds; after these it hangs."""
MOST = 16 * 1024 * 1024
_NOBODY = (FileNotFoundError, ConnectionRefusedError)


class NotRunningError(TenfoldError):
    """Nothing supervises the stack: it was never started, was stopped, or its supervisor died."""


def ask(folder: Path, verb: str, *, patience: float = SECONDS, **arguments: Any) -> Mapping[str, Any]:
    """The supervisor's answer to one request, waited for `patience` seconds.

    Raises NotRunningError when nobody listens, TenfoldError when the request is refused.
    """
    line = json.dumps({"verb": verb, **arguments}).encode() + b"\n"
    answer = _exchange(folder, line, seconds=patience)
    if not answer.get("ok", False):
        raise TenfoldError(
            str(answer.get("what") or f"The stack refused `{verb}`."),
            why=str(answer.get("why", "")),
            next_step=str(answer.get("next_step", "")),
        )
    return answer


def is_running(folder: Path) -> bool:
    """Whether a supervisor listens."""
    try:
        with _connect(folder, seconds=SECONDS):
            return True
    except NotRunningError:
        return False


def _exchange(folder: Path, line: bytes, *, seconds: float) -> dict[str, Any]:
    received = bytearray()
    with _connect(folder, seconds=seconds) as connection:
        try:
            connection.sendall(line)
            while not received.endswith(b"\n") and len(received) < MOST:
                data = connection.recv(65_536)
                if not data:
                    break
                received += data
        except TimeoutError as error:
            raise TenfoldError(
                "The supervisor of the stack does not answer.",
                why=f"It said nothing for {seconds:g} seconds.",
                next_step="`tenfold down --hard` ends it and what it started.",
            ) from error
        except ConnectionError as error:
            raise _not_running(folder, f"It went away while it was asked ({error.strerror}).") from error
    return _read(bytes(received), folder)


def _read(data: bytes, folder: Path) -> dict[str, Any]:
    if not data:
        raise _not_running(folder, "It went away without an answer.")
    try:
        answer = json.loads(data)
    except ValueError as error:
        raise TenfoldError(
            "The supervisor's answer cannot be read.",
            why=f"{error}; it may run another version of Tenfold.",
            next_step="`tenfold down` with that version, then `tenfold up`.",
        ) from error
    return answer if isinstance(answer, dict) else {"ok": False}


def _connect(folder: Path, *, seconds: float) -> socket.socket:
    """A connection to the control socket. A long path is reached through a descriptor of its folder: the
    kernel takes 107 characters."""
    path = folder / SOCKET
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(seconds)
    try:
        if len(os.fsencode(path)) <= 100:
            connection.connect(str(path))
        else:
            _connect_through_folder(connection, path)
    except (TimeoutError, BlockingIOError) as error:  # the kernel's queue of connections is full
        connection.close()
        raise TenfoldError(
            "The supervisor of the stack takes no connection.",
            next_step="`tenfold down --hard` ends it and what it started.",
        ) from error
    except OSError as error:
        connection.close()
        raise _not_running(folder, "" if isinstance(error, _NOBODY) else str(error.strerror)) from error
    return connection


def _connect_through_folder(connection: socket.socket, path: Path) -> None:
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        connection.connect(f"/proc/self/fd/{descriptor}/{path.name}")
    finally:
        os.close(descriptor)


def _not_running(folder: Path, why: str) -> NotRunningError:
    home = folder.parent
    here = " ." if home == Path.cwd() else f" {home}"
    stale = (folder / SOCKET).exists()
    left = "Its supervisor has ended without cleaning up; its services ended with it. " if stale else ""
    return NotRunningError(
        f"No stack runs in {home}.",
        why=f"{left}{why}".strip(),
        next_step=f"`tenfold up{here}` starts it.",
    )
