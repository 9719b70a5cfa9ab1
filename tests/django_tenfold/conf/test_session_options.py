from __future__ import annotations

import pytest

from django_tenfold.conf.session_options import read_session_limits


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("-c statement_timeout=25000 -c lock_timeout=5s", {"statement_timeout": 25.0, "lock_timeout": 5.0}),
        ("-cstatement_timeout=2min", {"statement_timeout": 120.0}),
        ("--statement_timeout=1h -c statement_timeout=0", {"statement_timeout": 0.0}),
        ("-c search_path=a", {}),
    ],
)
def test_limits_are_read_in_seconds(text: str, limits: dict[str, float]) -> None:
    assert read_session_limits({"OPTIONS": {"options": text}}) == limits


def test_a_database_without_options_has_no_limits() -> None:
    assert read_session_limits({}) == read_session_limits({"OPTIONS": None}) == {}
