from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", True),
        (b"HTTP/1.1 505 HTTP Version Not Supported\r\n", True),
        (b"<html>\r\n<head><title>400 Bad Request", True),
        (b"", True),
        (b"HTTP/1.1 200 OK\r\n", False),
        (b"HTTP/1.1 307 Temporary Redirect\r\n", False),
    ],
)
def test_refused_is_what_no_page_came_back_for(answer: bytes, refused: bool) -> None:
    from serving.hostile import is_refused

    assert is_refused(answer) is refused


def test_half_a_header_never_ends_by_itself() -> None:
    from serving.hostile import HALF

    assert b"\r\n\r\n" not in HALF
    assert not HALF.endswith(b"\r\n")


def test_nothing_listening_counts_as_refused() -> None:
    from serving.hostile import Target, ask, is_refused
    from serving.load import free_port

    assert is_refused(ask(Target(f"127.0.0.1:{free_port()}", tls=False), b"GET\r\n\r\n"))
