from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.utils.functional import SimpleLazyObject

from django_tenfold.observability.middleware import RequestMiddleware
from django_tenfold.observability.record import Record
from django_tenfold.observability.server_timing import describe_timing

STAFF, MEMBER = SimpleNamespace(pk=1, is_staff=True), SimpleNamespace(pk=2, is_staff=False)


def ask(rf: Any, user: Any = None, response: Any = None, **options: Any) -> str | None:
    with override_settings(TENFOLD_OBSERVABILITY={"access_log": False, **options}):
        request = rf.get("/")
        request.user = user
        answer = RequestMiddleware(lambda request: response or HttpResponse())(request)
    answer.close()
    return answer.headers.get("Server-Timing")


def test_staff_see_where_the_time_went(rf: Any) -> None:
    told = ask(rf, STAFF)
    assert told
    assert re.fullmatch(r'total;dur=\d+\.\d, sql;dur=0\.0;desc="0 queries"', told)


def test_a_streaming_answer_has_the_header_too(rf: Any) -> None:
    assert ask(rf, STAFF, StreamingHttpResponse([b"x"]))


def test_others_do_not_see_it_nor_staff_whose_user_was_not_loaded(rf: Any) -> None:
    assert ask(rf) is None
    assert ask(rf, MEMBER) is None
    assert ask(rf, SimpleLazyObject(lambda: STAFF)) is None


def test_it_is_for_all_or_nobody_as_chosen(rf: Any) -> None:
    assert ask(rf, STAFF, server_timing="off") is None
    assert ask(rf, server_timing="all")


def test_everybody_sees_it_on_a_developers_machine(rf: Any) -> None:
    with override_settings(DEBUG=True):
        assert ask(rf)


def test_what_the_view_measured_itself_stays(rf: Any) -> None:
    told = ask(rf, STAFF, HttpResponse(headers={"Server-Timing": "render;dur=3"}))
    assert told
    assert told.startswith("render;dur=3, total;dur=")


def test_the_cache_is_told_of_when_it_was_asked() -> None:
    told = describe_timing(Record("x", 0.0, cache_hits=3, cache_misses=1, cache_seconds=0.0021))
    assert told.endswith(', cache;dur=2.1;desc="3 hits, 1 misses"')
