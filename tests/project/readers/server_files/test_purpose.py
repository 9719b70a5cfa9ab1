from __future__ import annotations

import pytest

from tenfold.project.readers.server_files.purpose import tell_purpose


@pytest.mark.parametrize(
    ("path", "purpose"),
    [
        ("deploy/nginx.conf", "production"),
        ("docker/local/nginx.conf", "development"),
        ("nginx/dev.conf", "development"),
        ("tests/nginx.conf", "testing"),
        ("etc/nginx.conf", "unsure"),
        ("device/nginx.conf", "unsure"),
    ],
)
def test_a_word_of_the_path_tells_the_purpose(path: str, purpose: str) -> None:
    assert tell_purpose(path) == purpose
