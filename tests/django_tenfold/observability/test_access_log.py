from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils.functional import SimpleLazyObject

from django_tenfold.observability.access_log import make_client_finder, mask_query
from django_tenfold.observability.middleware import RequestMiddleware

MIDDLEWARE = [
    "django_tenfold.observability.middleware.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


def list_people(request: Any) -> HttpResponse:
    list(get_user_model().objects.all())
    return HttpResponse(b"12345")


def greet(request: Any) -> HttpResponse:
    return HttpResponse(str(request.user))


async def greet_later(request: Any) -> HttpResponse:
    return HttpResponse(str(await request.auser()))


def fail(request: Any) -> HttpResponse:
    raise ValueError("broken")


urlpatterns = [
    path("people/", list_people, name="people"),
    path("greet/", greet),
    path("later/", greet_later),
    path("fail/", fail),
    path("livez", lambda request: HttpResponse()),
]
site = override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=MIDDLEWARE)


@site
def test_a_request_is_one_line_with_what_it_cost(sqlite_database: None, access_lines: list[Any]) -> None:
    response = Client().get("/people/?page=2&token=hunter2")
    (line,) = access_lines
    told = {
        name: getattr(line, name)
        for name in ("method", "path", "status", "view", "bytes", "queries", "client")
    }
    assert told == {
        "method": "GET",
        "path": "/people/",
        "status": 200,
        "view": "people",
        "bytes": 5,
        "queries": 1,
        "client": "127.0.0.1",
    }
    assert line.query == "page=2&token=[masked]"
    assert line.request_id == response.headers["X-Request-ID"]
    assert 0 < line.sql_ms <= line.ms
    assert line.getMessage().startswith("GET /people/ 200 ")


@site
def test_the_user_is_named_when_it_was_loaded_and_never_loaded_for_the_log(
    sqlite_database: None, access_lines: list[Any]
) -> None:
    user = get_user_model().objects.create_user("ann")
    client = Client()
    client.force_login(user)
    for address in ("/greet/", "/people/", "/later/"):
        assert client.get(address).status_code == 200
    assert [getattr(line, "user", None) for line in access_lines] == [user.pk, None, user.pk]
    assert access_lines[1].queries == 1


def test_a_user_that_nobody_asked_for_stays_unasked(access_lines: list[Any], rf: Any) -> None:
    request = rf.get("/")
    request.user = SimpleLazyObject(lambda: pytest.fail("the log loaded the user"))
    RequestMiddleware(lambda request: HttpResponse())(request)
    assert not hasattr(access_lines[0], "user")


@site
def test_an_error_and_a_missing_page_are_logged_as_such(access_lines: list[Any]) -> None:
    client = Client(raise_request_exception=False)
    client.get("/fail/")
    client.get("/nowhere/")
    assert [(line.status, line.levelname, line.view) for line in access_lines] == [
        (500, "WARNING", f"{__name__}.fail"),
        (404, "INFO", ""),
    ]


@site
def test_a_slow_request_is_a_warning(access_lines: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((0.0, 2.5))
    monkeypatch.setattr("django_tenfold.observability.middleware.perf_counter", lambda: next(clock))
    Client().get("/livez")
    assert [(line.levelname, line.ms) for line in access_lines] == [("WARNING", 2500.0)]


@site
def test_health_checks_leave_no_line(access_lines: list[Any]) -> None:
    Client().get("/livez")
    assert access_lines == []


@pytest.mark.parametrize(
    ("shown", "query"), [("keep", "a=1&token=x"), ("mask", "a=1&token=[masked]"), ("drop", None)]
)
def test_the_query_string_is_shown_as_chosen(
    shown: str, query: str | None, access_lines: list[Any], rf: Any
) -> None:
    with override_settings(TENFOLD_OBSERVABILITY={"access_log_query": shown}):
        RequestMiddleware(lambda request: HttpResponse())(rf.get("/?a=1&token=x"))
    assert getattr(access_lines[0], "query", None) == query


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("page=2", "page=2"),
        ("token", "token"),
        ("a=token", "a=token"),
        ("%74oken=x&page=2", "%74oken=[masked]&page=2"),
        ("a=%20&password=x&PASSWORD=y", "a=%20&password=[masked]&PASSWORD=[masked]"),
        ("reset_token=a=b", "reset_token=[masked]"),
    ],
)
def test_values_of_secret_names_are_masked_in_a_query_string(query: str, masked: str) -> None:
    assert mask_query(query) == masked


def test_the_client_is_the_address_that_the_edge_saw() -> None:
    find = make_client_finder("X-Forwarded-For")
    assert find({"HTTP_X_FORWARDED_FOR": "6.6.6.6, 10.0.0.7"}) == "10.0.0.7"
    assert find({}) == ""


def test_the_access_log_can_be_switched_off(access_lines: list[Any], rf: Any) -> None:
    with override_settings(TENFOLD_OBSERVABILITY={"access_log": False}):
        RequestMiddleware(lambda request: HttpResponse())(rf.get("/"))
    assert access_lines == []
