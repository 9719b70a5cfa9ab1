"""Asks services whether they are ready: one attempt each, on raw streams, without threads.

A probe gives "" when the service is ready, otherwise what it met.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from errno import ECONNREFUSED
from typing import TYPE_CHECKING

from tenfold.stack.runner.children import send
from tenfold.stack.runner.unix_path import short_path
from tenfold.stack.service import Answers, Fetches, Says, Succeeds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tenfold.stack.runner.children import Children
    from tenfold.stack.service import Probe

SECONDS = 5.0
"""An attempt that takes longer has failed; the first page of a cold application is asked again."""
MORE = 0.2
"""Seconds to wait for the rest of an answer that has begun."""
LOOPBACK = "127.0.0.1"
MOST = 65_536


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service is asked."""

    folder: Path
    children: Children
    log: Path
    since: int = 0
    """Size of the log when the service was started."""


async def try_probe(probe: Probe, place: Place, *, seconds: float | None = None) -> str:
    """One attempt, given up after `seconds`."""
    seconds = seconds or SECONDS
    try:
        async with asyncio.timeout(seconds):
            return await _try(probe, place)
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except ssl.SSLError as error:
        return f"TLS: {error.reason or error}"
    except OSError as error:
        told = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
        return f"{_target(probe)}: {told}"


async def _try(probe: Probe, place: Place) -> str:
    match probe:
        case Answers():
            return await _ask(probe, place)
        case Fetches():
            return await _fetch(probe, place)
        case Succeeds():
            return await _run(probe, place)
        case Says():
            return _read_log(probe, place)
    return "it has not ended"


def _target(probe: Probe) -> str:
    if isinstance(probe, Answers | Fetches):
        return probe.socket or f"port {probe.port}"
    return "the probe"


async def _ask(probe: Answers, place: Place) -> str:
    async with _connect(place.folder, socket=probe.socket, port=probe.port) as (reader, writer):
        if probe.send:
            writer.write(probe.send.encode("latin-1"))
            await writer.drain()
        expected = probe.expect.encode("latin-1")
        received = await _hear(reader, expected)
    if expected in received:
        return ""
    return f"answered {received[:80].decode(errors='replace').strip()!r}"


async def _hear(reader: asyncio.StreamReader, expected: bytes) -> bytes:
    """What is said up to the expected, or until nothing more comes: Valkey that still loads says so, and
    keeps the connection open."""
    received = b""
    while expected not in received and len(received) < MOST:
        try:
            async with asyncio.timeout(MORE if received else None):
                data = await reader.read(4096)
        except TimeoutError:
            break
        if not data:
            break
        received += data
    return received


async def _fetch(probe: Fetches, place: Place) -> str:
    usual = 443 if probe.tls else 80
    host = probe.host if probe.socket or probe.port == usual else f"{probe.host}:{probe.port}"
    headers = {"Host": host, "User-Agent": "tenfold", "Connection": "close", **probe.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    opened = _connect(
        place.folder,
        socket=probe.socket,
        port=probe.port,
        tls=_trust_anyone() if probe.tls else None,
        host=probe.host,
    )
    async with opened as (reader, writer):
        writer.write(f"GET {probe.path} HTTP/1.1\r\n{head}\r\n".encode())
        await writer.drain()
        line = (await reader.readline()).decode("latin-1")
    words = line.split()
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        return f"answered {line[:80].strip()!r}, which is not HTTP"
    return "" if int(words[1]) < probe.below else f"{probe.path} answered {words[1]}"


async def _run(probe: Succeeds, place: Place) -> str:
    # A file in memory, not a pipe: nobody has to read it while the command runs.
    with os.fdopen(os.memfd_create("probe"), "w+b") as output:
        child = place.children.spawn(probe.command, output=output, farewell="KILL")
        waiting = asyncio.ensure_future(place.children.wait(child))
        try:
            code = await asyncio.shield(waiting)
        except asyncio.CancelledError:
            send(child, "KILL", group=True)
            await waiting
            raise
        output.seek(0)
        text = output.read(MOST).decode(errors="replace").strip()
    if code == 0 and probe.expect in text:
        return ""
    last = text.splitlines()[-1] if text else f"ended with code {code}"
    return last[:200]


def _read_log(probe: Says, place: Place) -> str:
    with place.log.open("rb") as file:
        file.seek(place.since)
        return "" if probe.text.encode() in file.read() else f"has not said {probe.text!r}"


@asynccontextmanager
async def _connect(
    folder: Path, *, socket: str, port: int, tls: ssl.SSLContext | None = None, host: str = ""
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    name = host if tls else None
    if socket:
        with short_path(folder / socket) as path:
            reader, writer = await asyncio.open_unix_connection(path, ssl=tls, server_hostname=name)
    else:
        reader, writer = await asyncio.open_connection(LOOPBACK, port, ssl=tls, server_hostname=name)
    try:
        # A client that the kernel gave the very port it asks for is connected to itself.
        if not socket and writer.get_extra_info("sockname") == writer.get_extra_info("peername"):
            raise ConnectionRefusedError(ECONNREFUSED, "connected to itself")
        yield reader, writer
    finally:
        writer.transport.abort()


def _trust_anyone() -> ssl.SSLContext:
    """The certificate is one that was made here; whether browsers trust it is no question of readiness."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
