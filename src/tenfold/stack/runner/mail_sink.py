"""`python -m tenfold.stack.runner.mail_sink`: an SMTP server that keeps every message, and pages that show them.

Whoever logs in is let in: projects that send with a user and a password do so unchanged.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult

from tenfold.stack.services.mail.letters import NAME, open_letter, plain, read_letter, with_envelope
from tenfold.stack.services.mail.pages import POLICY, SANDBOX, letter_page, list_page, missing_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiosmtpd.smtp import Envelope, Session

LOOPBACK = "127.0.0.1"
MOST_SHOWN = 200
MOST_HEADER = 16_384
"""Bytes of an HTTP request."""
SECONDS = 10.0
"""A request that is not there by then is given up."""
LARGEST = 32 * 1024 * 1024
"""Bytes of a message; SMTP answers 552 beyond."""


class Mailbox:
    """The folder of messages: an aiosmtpd handler, and what the pages are made from."""

    def __init__(self, folder: Path, log: Callable[[str], object]) -> None:
        self.folder = folder
        self._log = log
        self._numbers = count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a message; called by aiosmtpd."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        whole = with_envelope(raw, envelope.mail_from or "", envelope.rcpt_tos)
        name = f"{datetime.now():%Y%m%d-%H%M%S}-{next(self._numbers):04}.eml"
        try:
            self._write(name, whole)
        except OSError as error:
            self._log(f"A message could not be kept: {error}\n")
            return "452 Requested action not taken: insufficient system storage"
        letter = read_letter(name, whole)
        self._log(f'{name}: "{letter.subject}" from {letter.sender} to {letter.recipients}\n')
        return f"250 Message kept as {name}"

    def names(self) -> list[str]:
        """The newest first."""
        return sorted(
            (path.name for path in self.folder.iterdir() if NAME.fullmatch(path.name)), reverse=True
        )

    def read(self, name: str) -> bytes | None:
        """A message, None when it is not there."""
        try:
            return (self.folder / name).read_bytes() if NAME.fullmatch(name) else None
        except FileNotFoundError:
            return None

    def _write(self, name: str, content: bytes) -> None:
        """Beside, then in its place: nobody reads half a message."""
        beside = self.folder / f".{name}"
        try:
            beside.write_bytes(content)
            beside.chmod(0o600)
            beside.replace(self.folder / name)
        finally:
            beside.unlink(missing_ok=True)


def respond(mailbox: Mailbox, request: str, port: int) -> bytes:
    """The HTTP response to a request's head."""
    line, _, rest = request.partition("\r\n")
    words = line.split(" ")
    hosts = [field[5:].strip() for field in rest.split("\r\n") if field[:5].lower() == "host:"]
    # Another host is a page of elsewhere that had its name lead here: messages hold links that log in.
    if hosts not in ([f"{LOOPBACK}:{port}"], [f"localhost:{port}"]):
        return _response("403 Forbidden", "Open it as localhost.", kind="text/plain")
    if len(words) != 3 or words[0] != "GET":
        return _response("405 Method Not Allowed", "Only GET.", kind="text/plain")
    return _route(mailbox, words[1].partition("?")[0])


def _route(mailbox: Mailbox, path: str) -> bytes:
    if path == "/":
        names = mailbox.names()
        shown = [(name, mailbox.read(name)) for name in names[:MOST_SHOWN]]
        letters = [read_letter(name, content) for name, content in shown if content is not None]
        return _response("200 OK", list_page(letters, total=len(names)))
    if path == "/health":
        return _response("200 OK", "ok", kind="text/plain")
    _, first, name, part = (*path.split("/", 3), "", "", "")[:4]
    content = mailbox.read(name) if first == "message" else None
    if content is None or part not in ("", "html", "source"):
        return _response("404 Not Found", missing_page())
    if part == "source":
        return _response("200 OK", content.decode("utf-8", "replace"), kind="text/plain")
    opened = open_letter(name, content)
    if part == "html":
        return _response("200 OK", opened.html, policy=SANDBOX)
    return _response("200 OK", letter_page(opened))


def _response(status: str, text: str, *, kind: str = "text/html", policy: str = POLICY) -> bytes:
    body = text.encode("utf-8", "replace")
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        f"Content-Security-Policy: {policy}\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body


async def serve(folder: Path, smtp: int, web: int, log: Callable[[str], object]) -> None:
    """Both servers, until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mailbox = Mailbox(folder, log)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    receiver = await loop.create_server(partial(_receive, mailbox), LOOPBACK, smtp)
    pages = await asyncio.start_server(partial(_answer, mailbox, web), LOOPBACK, web, limit=MOST_HEADER)
    log(f"SMTP on {LOOPBACK}:{smtp}, pages on http://{LOOPBACK}:{web}/, messages in {folder}\n")
    await stopped.wait()
    receiver.close()
    pages.close()


def _receive(mailbox: Mailbox) -> SMTP:
    return SMTP(
        mailbox,
        data_size_limit=LARGEST,
        enable_SMTPUTF8=True,
        hostname="localhost",
        ident="Tenfold mail sink",
        authenticator=_let_in,
        auth_require_tls=False,
    )


def _let_in(*_: Any) -> AuthResult:
    return AuthResult(success=True)


async def _answer(
    mailbox: Mailbox, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    gone = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError)
    try:
        with suppress(*gone):  # a client that says nothing or too much, or went away: nobody is left to tell
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS)
            writer.write(respond(mailbox, head.decode("latin-1"), port))
            await asyncio.wait_for(writer.drain(), SECONDS)
    finally:
        writer.close()


def _log(line: str) -> None:
    sys.stdout.write(plain(line) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="mail_sink", description=__doc__)
    parser.add_argument("--smtp", type=int, required=True, help="port of the SMTP server")
    parser.add_argument("--web", type=int, required=True, help="port of the pages")
    parser.add_argument("--folder", type=Path, required=True, help="where messages are kept")
    asked = parser.parse_args(arguments)
    # Its one warning is about a name that it uses itself.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    asyncio.run(serve(asked.folder, asked.smtp, asked.web, _log))


if __name__ == "__main__":
    main()
