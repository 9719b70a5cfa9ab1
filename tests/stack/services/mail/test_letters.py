from __future__ import annotations

from email.message import EmailMessage

import pytest

from tenfold.stack.services.mail.letters import open_letter, plain, read_letter, with_envelope

NAME = "20261121-032401-0001.eml"


def sent() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Bestätigung", "shop@example.org", "ann@example.org"
    message.set_content("Grüße\n")
    message.add_alternative("<p>Grüße</p>", subtype="html")
    message.add_attachment(b"x" * 12, maintype="application", subtype="pdf", filename="bill.pdf")
    return bytes(message)


def test_a_message_says_who_sent_what_to_whom() -> None:
    letter = read_letter(
        NAME, with_envelope(sent(), "shop@example.org", ["ann@example.org", "blind@example.org"])
    )
    assert (letter.subject, letter.sender) == ("Bestätigung", "shop@example.org")
    assert letter.recipients == "ann@example.org, blind@example.org", "blind copies stand in no header"


def test_text_html_and_attachments_are_told_apart() -> None:
    opened = open_letter(NAME, sent())
    assert opened.text == "Grüße\n"
    assert opened.html.strip() == "<p>Grüße</p>"
    assert opened.attachments == (("bill.pdf", "application/pdf", 12),)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no header at all",
        b"Subject: =?bogus?q?x?=\r\nFrom: <<>\r\nContent-Type: text/plain; charset=nope\r\n\r\n\xff\xfe hi",
        b"From: a@[\r\nTo: ,;,\r\nDate: never\r\nContent-Type: multipart/mixed\r\n\r\n--x",
        b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/html\r\n\r\n\xc3",
        b"Content-Transfer-Encoding: base64\r\n\r\n@@@",
    ],
)
def test_a_broken_message_can_still_be_looked_at(content: bytes) -> None:
    opened = open_letter(NAME, with_envelope(content, "a@b", ["c@d"]))
    assert opened.letter.recipients == "c@d"
    assert opened.letter.subject


def test_a_sender_cannot_write_headers_or_control_a_terminal() -> None:
    whole = with_envelope(b"Subject: x\r\n\r\n", "a@b\r\nBcc: evil\x1b[2J", ["c@d"])
    assert whole.splitlines()[0] == b"X-Envelope-From: a@b  Bcc: evil [2J"
    assert plain("a\x1b]0;title\x07b") == "a ]0;title b"
