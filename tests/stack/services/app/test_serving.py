from __future__ import annotations

import pytest

from tenfold.stack.services.app.serving import read_version


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("2.8.7", (2, 8, 7)), ("0.41.0rc1", (0, 41, 0)), ("23.0.0.post1", (23, 0, 0)), ("", ()), ("dev", ())],
)
def test_a_version_is_its_leading_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert read_version(text) == numbers
