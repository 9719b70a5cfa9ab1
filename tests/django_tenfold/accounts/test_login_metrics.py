from __future__ import annotations

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.cache import cache
from django.test import RequestFactory, override_settings

from django_tenfold.accounts import login_metrics


@pytest.mark.usefixtures("sqlite_database")
def test_logins_are_counted_by_their_outcome() -> None:
    registry = pytest.importorskip("prometheus_client").REGISTRY
    get_user_model().objects.create_user("ann@x.org", "right")

    def counted() -> dict[str, float]:
        return {
            outcome: registry.get_sample_value("tenfold_logins_total", {"outcome": outcome}) or 0.0
            for outcome in ("succeeded", "failed", "throttled")
        }

    before = counted()
    with override_settings(
        AUTHENTICATION_BACKENDS=["django_tenfold.accounts.backends.ThrottledBackend"],
        TENFOLD_ACCOUNTS={"login_free_failures": 2, "login_wait_first": 60},
    ):
        cache.clear()
        for password in ("right", "wrong", "wrong", "right"):
            authenticate(RequestFactory().post("/"), username="ann@x.org", password=password)
        cache.clear()
    grown = {outcome: count - before[outcome] for outcome, count in counted().items()}
    assert grown == {"succeeded": 1, "failed": 2, "throttled": 1}


def test_without_prometheus_nothing_is_counted_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_metrics, "prometheus_client", None)
    made = login_metrics._make_counter("tenfold_logins_total", "Again.", "outcome")
    monkeypatch.setattr(login_metrics, "_logins", made)
    monkeypatch.setattr(login_metrics, "_fallbacks", made)
    login_metrics.count_login("failed")
    login_metrics.count_fallback()
    assert made is None
