"""E-mail messages as JSON and back."""

from __future__ import annotations

import json
from email.message import EmailMessage as MimeMessage
from email.message import MIMEPart
from typing import Any

import django
import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils.translation import gettext_lazy

from django_tenfold.tasks.mail_json import CannotPackError, InjectedHeaderError, pack_message, unpack_message


def there_and_back(message: EmailMessage) -> EmailMessage:
    return unpack_message(json.loads(json.dumps(pack_message(message))))


def make_message(**told: Any) -> EmailMultiAlternatives:
    given = {"subject": "Grüße 🎉", "body": "Zeile\nzwei", "from_email": "Shop <shop@x.example>", **told}
    return EmailMultiAlternatives(to=["Ann <ann@x.example>"], **given)


def test_every_field_comes_back_as_it_was() -> None:
    message = make_message(
        cc=["c@x.example"], bcc=["b@x.example"], reply_to=["r@x.example"], headers={"X-A": "1"}
    )
    message.attach_alternative("<p>rich</p>", "text/html")
    message.content_subtype, message.encoding = "plain", "iso-8859-1"
    found = there_and_back(message)
    names = ("subject", "body", "from_email", "to", "cc", "bcc", "reply_to", "content_subtype", "encoding")
    for name in names:
        assert getattr(found, name) == getattr(message, name), name
    assert [tuple(one) for one in found.alternatives] == [("<p>rich</p>", "text/html")]
    assert found.extra_headers["X-A"] == "1"


def test_attachments_come_back_byte_for_byte() -> None:
    message = make_message()
    message.attach("a.bin", bytes(range(256)), "application/octet-stream")
    message.attach("ü.txt", "text\r\nü", "text/plain")
    message.attach(
        "inner.eml", EmailMessage("inner", "body", "a@x.example", ["b@x.example"]), "message/rfc822"
    )
    found = there_and_back(message)
    assert [tuple(one) for one in found.attachments[:2]] == [tuple(one) for one in message.attachments[:2]]
    assert found.attachments[2][1].subject == "inner"
    assert b"inner" in found.message().as_bytes()


@pytest.mark.skipif(django.VERSION < (6, 0), reason="Django takes MIMEPart from 6.0 on")
def test_a_mime_part_comes_back_as_a_mime_part() -> None:
    image = MIMEPart()
    image.set_content(b"\x89PNG\x00", maintype="image", subtype="png", disposition="inline", cid="<logo>")
    message = make_message()
    message.attach(image)
    found = there_and_back(message)
    assert found.attachments[0].get_content() == b"\x89PNG\x00"
    assert found.attachments[0]["Content-ID"] == "<logo>"
    assert isinstance(found.message(), MimeMessage)


@pytest.mark.skipif(django.VERSION >= (6, 0), reason="MIMEBase is deprecated from Django 6.0 on")
def test_an_old_mime_part_comes_back_as_one_that_django_attaches() -> None:
    from email.mime.image import MIMEImage

    message = make_message()
    message.attach(MIMEImage(b"\x89PNG\x00", "png"))
    found = there_and_back(message)
    assert found.attachments[0].get_payload(decode=True) == b"\x89PNG\x00"
    assert b"image/png" in found.message().as_bytes()


def test_each_try_has_the_same_message_id_and_date() -> None:
    packed = pack_message(make_message())
    assert packed["headers"]["Message-ID"].startswith("<")
    first, second = (unpack_message(packed).message() for _ in range(2))
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])


def test_a_message_id_of_the_project_is_kept() -> None:
    packed = pack_message(make_message(headers={"message-id": "<7@x.example>"}))
    assert packed["headers"]["message-id"] == "<7@x.example>"
    assert "Message-ID" not in packed["headers"]


@pytest.mark.parametrize(
    "told",
    [
        {"subject": "Hello\nBcc: all@x.example"},
        {"from_email": "a@x.example\r\nBcc: all@x.example"},
        {"cc": ["c@x.example\nBcc: all@x.example"]},
        {"reply_to": ["r@x.example\nX: y"]},
        {"headers": {"X-A": "1\nBcc: all@x.example"}},
        {"headers": {"X-A: 1\nBcc": "all@x.example"}},
    ],
)
def test_a_line_break_in_a_header_is_refused_where_it_is_sent(told: dict[str, Any]) -> None:
    with pytest.raises(InjectedHeaderError):
        pack_message(make_message(**told))


def test_a_lazy_translation_is_text_of_now() -> None:
    assert there_and_back(make_message(subject=gettext_lazy("Hello"))).subject == "Hello"


def test_attributes_that_mail_services_read_are_kept() -> None:
    message = make_message()
    message.tags, message.metadata = ["bill"], {"order": 7}
    found: Any = there_and_back(message)
    assert (found.tags, found.metadata) == (["bill"], {"order": 7})


def test_what_is_more_than_its_data_is_not_packed() -> None:
    class Signed(EmailMessage):
        pass

    with pytest.raises(CannotPackError, match="Signed"):
        pack_message(Signed("s", "b", "a@x.example", ["b@x.example"]))
    message = make_message()
    message.signer = object()
    with pytest.raises(CannotPackError, match="no JSON"):
        pack_message(message)
