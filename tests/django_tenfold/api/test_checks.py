"""System checks of the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.test import override_settings

from django_tenfold.api import checks
from django_tenfold.api.checks import check_encoder, check_options, check_trusted

if TYPE_CHECKING:
    import pytest


def test_an_unknown_option_is_an_error() -> None:
    with override_settings(TENFOLD_API={"encoders": "json"}):
        (error,) = check_options(None)
    assert error.id == "tenfold.E801"
    assert "encoder" in error.msg


def test_a_missing_encoder_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None if name == "orjson" else object())
    with override_settings(TENFOLD_API={"encoder": "orjson"}):
        (error,) = check_encoder(None)
    assert error.id == "tenfold.E802"
    assert "pip install orjson" in error.hint
    assert check_encoder(None) == []


def test_a_trusted_model_that_does_not_exist_is_an_error() -> None:
    with override_settings(TENFOLD_API={"trusted_models": ["reads.Book", "reads.Scroll", "book"]}):
        found = check_trusted(None)
    assert [error.id for error in found] == ["tenfold.E803", "tenfold.E803"]
    assert "reads.Scroll" in found[0].msg
