"""What `check` says of compression."""

from __future__ import annotations

import pytest
from django.test import override_settings

from django_tenfold.api.compression import checks as compression_checks
from django_tenfold.api.compression.checks import (
    BELOW,
    MIDDLEWARE,
    OTHERS,
    check_encodings,
    check_others,
    check_place,
)


def test_a_second_middleware_that_compresses_is_told() -> None:
    with override_settings(MIDDLEWARE=[OTHERS[0]]):
        assert check_others(None) == []
    with override_settings(MIDDLEWARE=[MIDDLEWARE]):
        assert check_others(None) == []
    with override_settings(MIDDLEWARE=[MIDDLEWARE, OTHERS[0]]):
        (told,) = check_others(None)
        assert told.id == "tenfold.W811"
        assert "GZipMiddleware" in str(told.hint)


@pytest.mark.parametrize("other", BELOW)
def test_what_reads_bodies_has_to_stand_below(other: str) -> None:
    with override_settings(MIDDLEWARE=[MIDDLEWARE, other]):
        assert check_place(None) == []
    with override_settings(MIDDLEWARE=[other, MIDDLEWARE]):
        assert [one.id for one in check_place(None)] == ["tenfold.W812"]
    with override_settings(MIDDLEWARE=[other]):
        assert check_place(None) == []


def test_an_unknown_encoding_is_an_error_and_zlib_alone_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    with override_settings(TENFOLD_API={"compress": ["gzip", "lzma"]}):
        assert [one.id for one in check_encodings(None)] == ["tenfold.E810"]
    with override_settings(MIDDLEWARE=[MIDDLEWARE]):
        assert check_encodings(None) == []
        with override_settings(TENFOLD_API={"compress": "gzip"}):
            assert check_encodings(None) == []  # the check of options tells
        found = compression_checks.find_encodings(("gzip",))[0]
        bare = type(found)("gzip", "zlib", found.pack, found.pad, found.begin)
        monkeypatch.setattr(compression_checks, "find_encodings", lambda _: (bare,))
        assert [one.id for one in check_encodings(None)] == ["tenfold.W813"]
