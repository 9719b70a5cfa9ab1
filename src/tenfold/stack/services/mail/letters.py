"""A kept message as plain values: what its headers, its text and its parts say, however broken it is."""

from __future__ import annotations

import email.policy
import re
from dataclasses import dataclass
from email.parser import BytesHeaderParser, BytesParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage, MIMEPart

NAME = re.compile(r"\d{8}-\d{6}-\d{4,}\.eml")
"""A kept message's file: the moment and a number, so that names sort as messages came."""
SENDER, RECIPIENT = "X-Envelope-From", "X-Envelope-To"
"""What the SMTP client said, put before the message: blind copies stand nowhere else."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a list shows of one message."""

    name: str
    subject: str
    sender: str
    recipients: str
    date: str


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """What the page of one message shows."""

    letter: Letter
    text: str
    html: str
    attachments: tuple[tuple[str, str, int], ...]
    """(file name, type, bytes)."""


def read_letter(name: str, content: bytes) -> Letter:
    """The headers of a message."""
    return _summarise(name, BytesHeaderParser(policy=email.policy.default).parsebytes(content))


def open_letter(name: str, content: bytes) -> OpenLetter:
    """Headers and body of a message."""
    message = BytesParser(policy=email.policy.default).parsebytes(content)
    return OpenLetter(
        _summarise(name, message),
        _body(message, "plain"),
        _body(message, "html"),
        tuple(_attachments(message)),
    )


def with_envelope(content: bytes, sender: str, recipients: list[str]) -> bytes:
    """The message with what the SMTP client said of it before its headers."""
    said = f"{SENDER}: {plain(sender)}\r\n{RECIPIENT}: {plain(', '.join(recipients))}\r\n"
    return said.encode("utf-8", "replace") + content


def plain(text: str) -> str:
    """One line without control characters: safe in a log and on a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _summarise(name: str, message: EmailMessage) -> Letter:
    return Letter(
        name,
        subject=_header(message, "Subject") or "(no subject)",
        sender=_header(message, "From") or _header(message, SENDER),
        recipients=_header(message, RECIPIENT) or _header(message, "To"),
        date=_header(message, "Date"),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return plain(str(message.get(name, "")))
    except (ValueError, IndexError, AttributeError, TypeError):  # the parser fails on some broken headers
        return next(
            (plain(str(value)) for key, value in message.raw_items() if key.lower() == name.lower()), ""
        )


def _body(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body(preferencelist=(kind,))
        return "" if part is None else _text(part)
    except (ValueError, KeyError, AttributeError):
        return ""


def _text(part: MIMEPart) -> str:
    """The text of a part, also in a character set that nobody knows."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return str(part.get_payload())
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _attachments(message: EmailMessage) -> list[tuple[str, str, int]]:
    found = []
    for part in message.walk():
        if part.get_content_disposition() == "attachment":
            content = part.get_payload(decode=True)
            size = len(content) if isinstance(content, bytes) else 0
            found.append((plain(part.get_filename() or "(no name)"), part.get_content_type(), size))
    return found
