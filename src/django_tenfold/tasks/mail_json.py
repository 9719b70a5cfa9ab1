"""Django's e-mail messages as JSON and back, nothing lost: attachments, alternatives, headers, further attributes."""

from __future__ import annotations

import base64
import json
from email import policy
from email.message import EmailMessage as MimeMessage
from email.message import Message, MIMEPart
from email.mime.base import MIMEBase
from email.parser import BytesParser
from email.utils import formatdate
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives, make_msgid
from django.core.mail.utils import DNS_NAME

TEXTS = ("subject", "body", "from_email", "content_subtype")
LISTS = ("to", "cc", "bcc", "reply_to")
KNOWN = {
    *TEXTS,
    *LISTS,
    "extra_headers",
    "attachments",
    "alternatives",
    "encoding",
    "connection",
    "_connection",
}
CLASSES: dict[type, str] = {EmailMessage: "plain", EmailMultiAlternatives: "alternatives"}


class CannotPackError(TypeError):
    """A message that is more than its data: its class or an attribute of it cannot be made again elsewhere."""


class InjectedHeaderError(ValueError):
    """A line break in a header: whoever put it there writes headers of his own."""


class _Part(MIMEBase):
    """A parsed attachment of the old kind: Django before 6.0 attaches instances of MIMEBase only."""

    def __init__(self, policy: Any = policy.compat32) -> None:
        Message.__init__(self, policy=policy)


def pack_message(message: EmailMessage) -> dict[str, Any]:
    """A dictionary for JSON, with a Message-ID and a Date: each try sends the same message.

    Raises CannotPackError, and InjectedHeaderError for a line break in a header.
    """
    kind = CLASSES.get(type(message))
    if kind is None:
        raise CannotPackError(f"{type(message).__qualname__} is not a class of Django's")
    _refuse_injection(message)
    encoding = message.encoding
    if encoding is not None and not isinstance(encoding, str):
        raise CannotPackError("its encoding is no name")
    return {
        "kind": kind,
        "encoding": encoding,
        **{name: str(getattr(message, name)) for name in TEXTS},
        **{name: [str(one) for one in getattr(message, name)] for name in LISTS},
        "headers": _pack_headers(message),
        "attachments": [_pack_attachment(one) for one in message.attachments],
        "alternatives": [
            [_pack_content(content), mimetype]
            for content, mimetype in getattr(message, "alternatives", None) or ()
        ],
        "further": _pack_further(message),
    }


def _pack_headers(message: EmailMessage) -> dict[str, Any]:
    headers = {name: _plain(value) for name, value in message.extra_headers.items()}
    names = {name.lower() for name in headers}
    if "message-id" not in names:
        headers["Message-ID"] = make_msgid(domain=DNS_NAME)
    if "date" not in names:
        headers["Date"] = formatdate()
    return headers


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else str(value)


def _pack_further(message: EmailMessage) -> dict[str, Any]:
    """What mail services add: `tags`, `metadata`, `template_id`. Raises CannotPackError."""
    further = {name: value for name, value in vars(message).items() if name not in KNOWN}
    try:
        json.dumps(further)
    except (TypeError, ValueError) as error:
        raise CannotPackError(f"an attribute of it is no JSON: {error}") from error
    return further


def _refuse_injection(message: EmailMessage) -> None:
    """Here, where the caller sees it, as SMTP would."""
    values = [message.subject, message.from_email, *message.recipients(), *message.reply_to]
    values += [part for pair in message.extra_headers.items() for part in pair]
    for value in values:
        text = str(value)
        if "\n" in text or "\r" in text:
            raise InjectedHeaderError(f"Header values can't contain newlines (got {text!r})")


def _pack_attachment(one: Any) -> dict[str, Any]:
    if isinstance(one, (MIMEPart, Message)):
        return {"part": _pack_content(one)}
    filename, content, mimetype = one
    return {"filename": filename, "content": _pack_content(content), "mimetype": mimetype}


def _pack_content(content: Any) -> dict[str, Any]:
    if isinstance(content, str):
        return {"text": content}
    if isinstance(content, (bytes, bytearray, memoryview)):
        return {"bytes": base64.b64encode(bytes(content)).decode("ascii")}
    if isinstance(content, EmailMessage):
        return {"message": pack_message(content)}
    if isinstance(content, Message):
        kind = "part" if isinstance(content, MIMEPart) else "old_part"
        return {kind: base64.b64encode(content.as_bytes()).decode("ascii")}
    return {"text": str(content)}  # a lazy translation: in the language of the request


def unpack_message(packed: dict[str, Any]) -> EmailMessage:
    """The message again."""
    kind = next(cls for cls, name in CLASSES.items() if name == packed["kind"])
    message = kind(headers=packed["headers"])
    for name in (*TEXTS, *LISTS):
        setattr(message, name, packed[name])
    message.encoding = packed["encoding"]
    attachment, alternative = _pairs()
    message.attachments = [
        _unpack_content(one["part"])
        if "part" in one
        else attachment(one["filename"], _unpack_content(one["content"]), one["mimetype"])
        for one in packed["attachments"]
    ]
    if packed["alternatives"]:
        message.alternatives = [
            alternative(_unpack_content(content), mimetype) for content, mimetype in packed["alternatives"]
        ]
    for name, value in packed["further"].items():
        setattr(message, name, value)
    return message


def _pairs() -> tuple[Any, Any]:
    from django.core.mail import EmailAlternative, EmailAttachment

    return EmailAttachment, EmailAlternative


def _unpack_content(packed: dict[str, Any]) -> Any:
    ((kind, value),) = packed.items()
    if kind == "text":
        return value
    if kind == "message":
        return unpack_message(value)
    data = base64.b64decode(value)
    if kind == "bytes":
        return data
    if kind == "part":
        return BytesParser(MimeMessage, policy=policy.default).parsebytes(data)
    return BytesParser(_Part, policy=policy.compat32).parsebytes(data)
