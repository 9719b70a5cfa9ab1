"""What the block's checks find, each with the line that mends it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from django_tenfold.cache.checks import check_deployment, check_options
from tests.django_tenfold.conftest import HEALTHY

OURS = "django_tenfold.cache.backends.FailOpenRedisCache"
FINE: dict[str, Any] = {
    "CACHES": {"default": {"BACKEND": OURS, "LOCATION": "redis://r"}},
    "DATABASES": HEALTHY["DATABASES"],
    "SESSION_ENGINE": HEALTHY["SESSION_ENGINE"],
    "TENFOLD_CACHE": {"models": ["goods.Shelf"]},
}


class Anywhere:
    """A router; what it does is nothing to the check."""


def found(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> list[str]:
    chosen = {**FINE, **changes}
    # Not by override_settings: Django warns that open connections do not follow it.
    monkeypatch.setattr(settings, "DATABASES", chosen.pop("DATABASES"))
    with override_settings(**chosen):
        return [str(one.id) for one in (*check_options(None), *check_deployment(None)) if one.hint]


def test_a_healthy_site_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch) == []


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        ("tenfold.E701", {"TENFOLD_CACHE": {"jitters": 1}}),
        ("tenfold.E702", {"TENFOLD_CACHE": {"models": ["goods.Nothing"]}}),
        ("tenfold.E702", {"TENFOLD_CACHE": {"models": ["Shelf"]}}),
        ("tenfold.E703", {"TENFOLD_CACHE": {"alias": "pages"}}),
        ("tenfold.E704", {"TENFOLD_CACHE": {"edge_purger": "shop.edges.purge_it"}}),
        (
            "tenfold.E704",
            {"TENFOLD_CACHE": {"edge_purger": "django_tenfold.cache.edge_purgers.purge_varnish"}},
        ),
        (
            "tenfold.W701",
            {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}},
        ),
        (
            "tenfold.W702",
            {
                "DATABASE_ROUTERS": [f"{__name__}.Anywhere"],
                "DATABASES": {**FINE["DATABASES"], "replica": {"ENGINE": "x"}},
            },
        ),
        ("tenfold.W703", {"CACHES": HEALTHY["CACHES"]}),
        ("tenfold.W704", {"SESSION_ENGINE": "django.contrib.sessions.backends.cache"}),
    ],
)
def test_each_fault_is_found_by_its_number(
    monkeypatch: pytest.MonkeyPatch, number: str, changes: dict[str, Any]
) -> None:
    assert found(monkeypatch, **changes) == [number]
