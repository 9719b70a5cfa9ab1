from __future__ import annotations

from pathlib import Path

import pytest

from tenfold.project.model import Problem
from tenfold.project.readers.text import MAXIMUM_BYTES, read_text


def read(tmp_path: Path, data: bytes) -> str | Problem:
    if data:
        (tmp_path / "f.py").write_bytes(data)
    return read_text(tmp_path, "f.py")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é".encode(), "é"),
        (b"\xef\xbb\xbfx = 1", "x = 1"),
        ("é".encode("utf-16"), "é"),
        (b"# -*- coding: latin-1 -*-\n\xe9", "# -*- coding: latin-1 -*-\né"),
        (b"# coding: no-such-codec\nx", "# coding: no-such-codec\nx"),
        (b"# coding: undefined\nx", "# coding: undefined\nx"),
        (b"\xe9\xff", "éÿ"),
        (b"a\r\nb", "a\r\nb"),
    ],
)
def test_text_is_decoded_whatever_its_encoding(tmp_path: Path, data: bytes, text: str) -> None:
    assert read(tmp_path, data) == text


def test_null_bytes_are_a_problem_not_text(tmp_path: Path) -> None:
    found = read(tmp_path, b"x\0y")
    assert isinstance(found, Problem)
    assert "null bytes" in found.what


def test_a_file_over_the_limit_is_a_problem_that_names_the_limit(tmp_path: Path) -> None:
    found = read(tmp_path, b"#" * (MAXIMUM_BYTES + 1))
    assert isinstance(found, Problem)
    assert "2 MB" in found.what


def test_a_missing_file_is_a_problem_with_the_system_s_reason(tmp_path: Path) -> None:
    found = read_text(tmp_path, "gone.py")
    assert isinstance(found, Problem)
    assert "No such file" in found.what


def test_a_file_without_permission_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:  # root may read every file, so the refusal is made
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    found = read(tmp_path, b"")
    assert isinstance(found, Problem)
    assert found.what == "cannot be read: Permission denied"
