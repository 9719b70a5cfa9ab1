from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.stack.runner.mail_sink import Mailbox, respond

if TYPE_CHECKING:
    from pathlib import Path

PORT = 20026
NAME = "20261121-032401-0001.eml"


def ask(folder: Path, path: str, *, host: str = f"localhost:{PORT}", method: str = "GET") -> str:
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"
    return respond(Mailbox(folder, str), head, PORT).decode()


def deliver(folder: Path, content: bytes, log: list[str]) -> str:
    envelope: Any = SimpleNamespace(
        content=content, mail_from="shop@example.org", rcpt_tos=["ann@example.org"]
    )
    nobody: Any = None
    return asyncio.run(Mailbox(folder, log.append).handle_DATA(nobody, nobody, envelope))


def test_a_message_is_kept_and_logged_in_one_line(tmp_path: Path) -> None:
    log: list[str] = []
    assert deliver(tmp_path, b"Subject: Hello\x1b[2J\r\n\r\ntext", log).startswith("250 ")
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes().endswith(b"text")
    assert log == [f'{kept.name}: "Hello [2J" from shop@example.org to ann@example.org\n']


def test_a_message_that_cannot_be_kept_is_sent_again_later(tmp_path: Path) -> None:
    log: list[str] = []
    assert deliver(tmp_path / "gone", b"Subject: x\r\n\r\n", log).startswith("452 ")
    assert "could not be kept" in log[0]


def test_the_newest_message_stands_first(tmp_path: Path) -> None:
    for number, subject in ((1, "older"), (2, "newer")):
        (tmp_path / f"20261121-032401-000{number}.eml").write_bytes(f"Subject: {subject}\r\n\r\n".encode())
    (tmp_path / "notes.txt").write_text("not a message")
    page = ask(tmp_path, "/")
    assert 0 < page.index("newer") < page.index("older")
    assert "2 messages" in page


@pytest.mark.parametrize(
    "path", ["/message/../secrets.json", "/message/secrets.json", "/message/", "/message", "/x"]
)
def test_only_messages_can_be_had(tmp_path: Path, path: str) -> None:
    (tmp_path / "secrets.json").write_text("secret")
    (tmp_path.parent / "secrets.json").write_text("secret")
    answer = ask(tmp_path, path)
    assert answer.startswith("HTTP/1.1 404")
    assert "secret" not in answer


@pytest.mark.parametrize("host", ["evil.example.org", f"evil.example.org:{PORT}", "localhost:1", ""])
def test_a_page_of_elsewhere_reads_nothing_through_a_name_that_leads_here(tmp_path: Path, host: str) -> None:
    assert ask(tmp_path, "/", host=host).startswith("HTTP/1.1 403")


def test_only_reading_is_possible(tmp_path: Path) -> None:
    assert ask(tmp_path, "/", method="POST").startswith("HTTP/1.1 405")


@pytest.mark.parametrize(
    "request_text", ["", "GET", "\r\n\r\n", "GET / HTTP/1.1 more\r\nHost: localhost\r\n\r\n"]
)
def test_nonsense_is_answered_not_obeyed(tmp_path: Path, request_text: str) -> None:
    assert respond(Mailbox(tmp_path, str), request_text, PORT).startswith(b"HTTP/1.1 40")


def test_the_html_of_a_message_may_do_nothing(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"Content-Type: text/html\r\n\r\n<script>alert(1)</script>")
    head, _, body = ask(tmp_path, f"/message/{NAME}/html").partition("\r\n\r\n")
    assert "; sandbox" in head
    assert "script-src" not in head
    assert body == "<script>alert(1)</script>"
    assert "Content-Type: text/plain" in ask(tmp_path, f"/message/{NAME}/source")
