from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.test import override_settings
from django.urls import include, path

import django_tenfold.observability
from django_tenfold.observability.live_page import history, views
from django_tenfold.observability.live_page.views import give_figures, show_page
from tests.django_site import urls as site_urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import RequestFactory

urlpatterns = [
    *site_urls.urlpatterns,
    path("-/tenfold/", include("django_tenfold.observability.urls")),
]
FOLDER = Path(django_tenfold.observability.__file__).parent


@pytest.fixture(autouse=True)
def _routes(sqlite_database: None) -> Iterator[None]:
    cache.clear()
    with override_settings(ROOT_URLCONF=__name__, STATIC_URL="/static/"):
        yield


def ask(rf: RequestFactory, view: Any, user: Any, query: str = "") -> Any:
    request = rf.get(f"/-/tenfold/?{query}")
    request.user = user
    return view(request)


def staff(**more: Any) -> Any:
    return get_user_model()(is_staff=True, is_active=True, **more)


@pytest.mark.parametrize("view", [show_page, give_figures])
def test_strangers_log_in_and_members_are_refused(rf: RequestFactory, view: Any) -> None:
    answer = ask(rf, view, AnonymousUser())
    assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/admin/login/")
    for user in (get_user_model()(is_active=True), get_user_model()(is_staff=True, is_active=False)):
        with pytest.raises(PermissionDenied):
            ask(rf, view, user)


def test_a_permission_can_be_asked_for(rf: RequestFactory) -> None:
    with override_settings(TENFOLD_OBSERVABILITY={"page_permission": "auth.view_group"}):
        user = staff()
        user.save()
        with pytest.raises(PermissionDenied):
            ask(rf, show_page, user)
        assert ask(rf, show_page, staff(is_superuser=True)).status_code == 200


def test_the_page_holds_no_inline_script_or_style(rf: RequestFactory) -> None:
    html = ask(rf, show_page, staff()).content.decode()
    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", html)
    for script in (FOLDER / "static/tenfold_observability").glob("*.js"):
        code = script.read_text()
        assert not re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|\"style\"", code)
    names = re.findall(r"/static/(tenfold_observability/[\w.]+)", html)
    assert len(names) == 4
    assert all((FOLDER / "static" / name).is_file() for name in names)


def test_figures_hold_points_views_and_parts(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(history, "time", lambda: now)
    figures = json.loads(ask(rf, give_figures, staff()).content)
    assert figures["points"] == []
    assert [part["state"] for part in figures["health"] if part["needed"]] == ["ok"]
    assert "pg_stat_statements" in figures["queries_note"]
    assert any("LocMemCache" in note for note in figures["notes"])


def test_only_one_snapshot_is_kept_for_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    read = history.read_now
    monkeypatch.setattr(history, "read_now", lambda: taken.append(1) or read())
    monkeypatch.setattr(history, "time", lambda: 1_000_000.0)
    history.keep_snapshot()
    history.keep_snapshot()
    monkeypatch.setattr(history, "time", lambda: 1_000_005.0)
    history.keep_snapshot()
    assert len(taken) == 2
    assert len(history._read(range(200_000, 200_002), 0.0)) == 2


@pytest.mark.parametrize("since", ["", "x", "nan", "inf", "-inf", "-1", "1e400"])
def test_a_since_that_is_no_time_is_no_error(rf: RequestFactory, since: str) -> None:
    answer = ask(rf, give_figures, staff(), f"since={since}")
    assert answer.status_code == 200
    assert "The cache is gone" not in answer.content.decode()


def test_figures_are_given_while_the_cache_is_gone(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ConnectionError("secret-host:6379")

    monkeypatch.setattr(views, "keep_snapshot", fail)
    text = ask(rf, give_figures, staff()).content.decode()
    assert "The cache is gone" in text
    assert "secret-host" not in text


def test_a_site_without_metrics_says_so(rf: RequestFactory) -> None:
    with override_settings(TENFOLD_OBSERVABILITY={"metrics": False}):
        figures = json.loads(ask(rf, give_figures, staff()).content)
    assert "tenfold[observability]" in figures["notes"][0]
