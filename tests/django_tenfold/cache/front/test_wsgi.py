"""What is answered before Django's WSGI application, and what is left to it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from django_tenfold.cache.front import answer_cached_pages
from django_tenfold.cache.purging import purge, purge_everything
from tests.django_site.goods.models import Shelf
from tests.django_tenfold.cache.conftest import WATCHED
from tests.django_tenfold.cache.front_site import Told, ask_wsgi, calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGES = "django_tenfold.cache.middleware.PageCacheMiddleware"
SITE = "tests.django_tenfold.cache.front_site"
pytestmark = pytest.mark.usefixtures("sqlite_database")


class Site:
    """The wrapped application, and whether Django saw the last request."""

    def __init__(self) -> None:
        self.application = answer_cached_pages(get_wsgi_application())
        self.django = 0
        request_started.connect(self._count)

    def _count(self, **_: Any) -> None:
        self.django += 1

    def ask(self, address: str, **given: Any) -> Told:
        return ask_wsgi(self.application, address, **given)

    def warm(self, address: str, **given: Any) -> Told:
        """The first makes the page, the second is answered by the middleware and remembered."""
        self.ask(address, **given)
        return self.ask(address, **given)

    def reaches_django(self, address: str, **given: Any) -> bool:
        before = self.django
        self.ask(address, **given)
        return self.django > before


@pytest.fixture
def site() -> Iterator[Site]:
    calls.clear()
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=[PAGES]):
        yield Site()


def test_a_page_that_was_answered_once_is_answered_before_django(site: Site) -> None:
    Shelf.objects.create(name="top")
    first = site.warm("/names/")
    before = site.django
    assert site.ask("/names/") == Told(200, {**first.headers, "content-length": "11"}, b"top /names/")
    assert site.django == before
    assert calls == ["/names/"]


def test_a_change_takes_the_answer_back_at_once(site: Site) -> None:
    Shelf.objects.create(name="top")
    site.warm("/names/")
    Shelf.objects.update(name="low")
    assert site.ask("/names/").body == b"low /names/"
    site.warm("/names/")
    assert not site.reaches_django("/names/")
    purge(Shelf)
    assert site.reaches_django("/names/")
    site.warm("/names/")
    purge_everything()
    assert site.reaches_django("/names/")


def test_who_has_the_page_is_told_so_without_django(site: Site) -> None:
    etag = site.warm("/names/").headers["etag"]
    before = site.django
    for given in (etag, f"W/{etag}", "*", f'"other", {etag}'):
        told = site.ask("/names/", if_none_match=given)
        assert (told.status, told.body, told.headers["etag"]) == (304, b"", etag)
        assert {"content-length", "content-type"}.isdisjoint(told.headers)
    assert site.ask("/names/", if_none_match='"other"').status == 200
    assert site.django == before


def test_a_head_is_answered_with_the_headers_of_the_page(site: Site) -> None:
    page = site.warm("/names/")
    before = site.django
    told = site.ask("/names/", method="HEAD")
    assert (told.status, told.body, told.headers["etag"]) == (200, b"", page.headers["etag"])
    assert told.headers["content-length"] == str(len(page.body))
    assert site.django == before


@pytest.mark.parametrize(
    "given",
    [
        {"authorization": "Basic x"},
        {"cookie": "a=1; sessionid=abc"},
        {"cookie": "messages=x"},
        {"range": "bytes=0-1"},
        {"if_match": "x"},
        {"if_modified_since": "Sat, 01 Jan 2022 00:00:00 GMT"},
        {"transfer_encoding": "chunked"},
        {"host": "127.0.0.1"},
        {"method": "POST"},
        {"host": ""},
    ],
)
def test_whoever_may_get_another_answer_is_asked_from_django(site: Site, given: dict[str, str]) -> None:
    site.warm("/names/")
    assert not site.reaches_django("/names/", cookie="theme=dark")
    assert site.reaches_django("/names/", **given)


def test_a_host_that_is_not_allowed_is_refused_by_django_as_ever(site: Site) -> None:
    site.warm("/names/")
    for _ in range(3):
        assert site.ask("/names/", host="evil.example").status == 400


def test_pages_for_everyone_are_given_to_those_with_a_session_too(site: Site) -> None:
    site.warm("/everyone/")
    assert not site.reaches_django("/everyone/", cookie="sessionid=abc")


def test_only_named_parameters_tell_pages_apart(site: Site) -> None:
    site.warm("/names/")
    assert not site.reaches_django("/names/?utm_source=mail")
    assert [site.warm(f"/pages/?page={one}").body for one in (1, 2)] == [
        b" /pages/?page=1",
        b" /pages/?page=2",
    ]
    assert site.ask("/pages/?page=1").body == b" /pages/?page=1"
    assert not site.reaches_django("/pages/?page=2")


def test_paths_of_other_alphabets_are_told_apart(site: Site) -> None:
    address = "/кот/".encode().decode("latin-1")
    assert site.warm(address).body == b" /%D0%BA%D0%BE%D1%82/"
    assert not site.reaches_django(address)


def test_headers_that_answers_vary_on_tell_them_apart(site: Site) -> None:
    for kind in ("text/html", "application/json"):
        site.warm("/accept/", accept=kind)
    for kind in ("text/html", "application/json"):
        assert site.ask("/accept/", accept=kind).body == kind.encode()
        assert not site.reaches_django("/accept/", accept=kind)
    assert site.reaches_django("/accept/", accept="text/plain")


def test_a_policy_that_names_the_cookie_header_tells_pages_apart_by_it(site: Site) -> None:
    for cookie in ("theme=dark", "theme=light"):
        assert site.warm("/cookies/", cookie=cookie).body == cookie.encode()
        assert not site.reaches_django("/cookies/", cookie=cookie)
    assert site.ask("/cookies/", cookie="theme=dark").body == b"theme=dark"
    assert site.ask("/cookies/", cookie="theme=red").body == b"theme=red"


def test_a_page_that_varies_on_what_only_python_knows_is_left_to_django(site: Site) -> None:
    site.warm("/special/")
    assert site.reaches_django("/special/")


@pytest.mark.parametrize(
    "compresses",
    ["django.middleware.gzip.GZipMiddleware", "django_tenfold.api.compression.CompressionMiddleware"],
)
def test_answers_keep_what_the_middleware_outside_made_of_them(compresses: str) -> None:
    calls.clear()
    outside = [compresses, "django.middleware.security.SecurityMiddleware", PAGES]
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=outside):
        site = Site()
        zipped = site.warm("/long/", accept_encoding="gzip")
        assert not site.reaches_django("/long/", accept_encoding="gzip")
        told = site.ask("/long/", accept_encoding="gzip")
        assert told.headers["content-encoding"] == zipped.headers["content-encoding"] == "gzip"
        assert told.headers["x-content-type-options"] == "nosniff"
        plain = site.warm("/long/")
        assert "content-encoding" not in plain.headers
        assert not site.reaches_django("/long/")
        assert site.ask("/long/").body == plain.body
    assert calls == ["/long/"]


def test_a_redirect_to_https_is_not_gone_past() -> None:
    middleware = ["django.middleware.security.SecurityMiddleware", PAGES]
    proxy = ("HTTP_X_FORWARDED_PROTO", "https")
    with override_settings(
        ROOT_URLCONF=SITE, MIDDLEWARE=middleware, SECURE_SSL_REDIRECT=True, SECURE_PROXY_SSL_HEADER=proxy
    ):
        site = Site()
        site.warm("/names/", x_forwarded_proto="https")
        assert not site.reaches_django("/names/", x_forwarded_proto="https")
        assert site.ask("/names/").status == 301


def test_languages_are_told_apart_and_a_chosen_one_is_looked_up() -> None:
    middleware = [PAGES, "django.middleware.locale.LocaleMiddleware"]
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=middleware):
        site = Site()
        assert [site.warm("/language/", accept_language=one).body for one in ("de", "fr")] == [b"de", b"fr"]
        assert not site.reaches_django("/language/", accept_language="de")
        assert site.ask("/language/", accept_language="fr").body == b"fr"
        chosen = {"accept_language": "de", "cookie": "django_language=fr"}
        assert site.reaches_django("/language/", **chosen)
        assert site.ask("/language/", **chosen).body == b"fr"


def leave_a_cookie(get_response: Callable[..., Any]) -> Callable[..., Any]:
    def answer(request: Any) -> Any:
        response = get_response(request)
        response.set_cookie("visit", "1")
        return response

    return answer


def test_middleware_that_nobody_knows_keeps_everything_with_django(caplog: pytest.LogCaptureFixture) -> None:
    name = f"{__name__}.leave_a_cookie"
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=[name, PAGES]):
        site = Site()
        site.warm("/names/")
        assert site.reaches_django("/names/")
        assert [one.getMessage() for one in caplog.records] == [
            f"No page is answered before Django: {name} stands before PageCacheMiddleware and may refuse requests: put"
            ' it after, or, if no answer of it depends on who asks, into TENFOLD_CACHE["passed_middleware"].'
        ]
        with override_settings(TENFOLD_CACHE={**WATCHED, "passed_middleware": [name]}):
            site.warm("/names/")
            assert site.reaches_django("/names/"), "an answer that sets a cookie is for one"


def answer_within(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """A view of many requests: it answers with what another page holds."""
    from django.test import RequestFactory

    def answer(request: Any) -> Any:
        if request.path == "/plain/":
            return get_response(RequestFactory(headers={"host": "localhost"}).get("/names/"))
        return get_response(request)

    return answer


def test_a_page_that_is_part_of_another_answer_is_not_taken_for_it() -> None:
    name = f"{__name__}.answer_within"
    given = {**WATCHED, "passed_middleware": [name]}
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=[name, PAGES], TENFOLD_CACHE=given):
        site = Site()
        assert site.warm("/plain/").body == b" /names/"
        assert site.reaches_django("/plain/")


def test_the_id_of_a_request_is_its_own() -> None:
    middleware = ["django_tenfold.observability.middleware.RequestMiddleware", PAGES]
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=middleware):
        site = Site()
        site.warm("/names/", x_request_id="first-request")
        assert not site.reaches_django("/names/", x_request_id="second-request")
        assert site.ask("/names/", x_request_id="third-request").headers["x-request-id"] == "third-request"
        assert "x-request-id" not in site.ask("/names/", x_request_id="bad\r\nid").headers


def test_the_id_of_a_request_is_its_own_in_the_header_of_the_settings() -> None:
    middleware = ["django_tenfold.observability.middleware.RequestMiddleware", PAGES]
    named = {"request_id_header": "X-Trace"}
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=middleware, TENFOLD_OBSERVABILITY=named):
        site = Site()
        site.warm("/names/", x_trace="first-request")
        assert not site.reaches_django("/names/", x_trace="second-request")
        assert site.ask("/names/", x_trace="third-request").headers["x-trace"] == "third-request"
        assert "x-trace" not in site.ask("/names/").headers


def test_answers_before_django_are_counted(site: Site) -> None:
    from prometheus_client import REGISTRY

    def count(status: int) -> float:
        labels = {"view": "tests.django_tenfold.cache.front_site.names", "status": str(status)}
        return REGISTRY.get_sample_value("tenfold_cache_pages_total", labels) or 0.0

    etag = site.warm("/names/").headers["etag"]
    before = (count(200), count(304))
    site.ask("/names/")
    site.ask("/names/", if_none_match=etag)
    assert (count(200), count(304)) == (before[0] + 1, before[1] + 1)


def test_answers_before_django_are_counted_among_the_requests() -> None:
    from prometheus_client import REGISTRY

    def count(method: str, status: int) -> tuple[float, float]:
        labels = {"view": "tests.django_tenfold.cache.front_site.names", "method": method}
        every = REGISTRY.get_sample_value("tenfold_requests_total", {**labels, "status": str(status)})
        timed = REGISTRY.get_sample_value("tenfold_request_seconds_count", labels)
        return every or 0.0, timed or 0.0

    middleware = ["django_tenfold.observability.middleware.RequestMiddleware", PAGES]
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=middleware):
        site, before = Site(), count("GET", 200)
        etag = site.warm("/names/").headers["etag"]
        assert count("GET", 200) == (before[0] + 2, before[1] + 2), (
            "a hit of the middleware has its view's name"
        )
        assert not site.reaches_django("/names/")
        assert count("GET", 200) == (before[0] + 3, before[1] + 3)
        unchanged, heads = count("GET", 304)[0], count("HEAD", 200)[0]
        site.ask("/names/", if_none_match=etag)
        site.ask("/names/", method="HEAD")
        assert (count("GET", 304)[0], count("HEAD", 200)[0]) == (unchanged + 1, heads + 1)


def test_an_id_that_is_not_trusted_is_not_taken_over() -> None:
    middleware = ["django_tenfold.observability.middleware.RequestMiddleware", PAGES]
    given = {"trust_request_id": False}
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=middleware, TENFOLD_OBSERVABILITY=given):
        site = Site()
        site.warm("/names/")
        assert not site.reaches_django("/names/")
        assert "x-request-id" not in site.ask("/names/", x_request_id="somebody-elses").headers


def test_a_server_may_leave_out_an_empty_path(site: Site) -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
    }
    environ |= {"wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "SCRIPT_NAME": "/mounted"}  # type: ignore[dict-item]
    told: list[str] = []
    site.application(environ, lambda status, headers: told.append(status)).close()
    assert told == ["404 Not Found"]


def test_the_middleware_and_room_are_needed(caplog: pytest.LogCaptureFixture) -> None:
    for given, why in (
        ({"MIDDLEWARE": []}, "MIDDLEWARE has no"),
        ({"MIDDLEWARE": [PAGES], "TENFOLD_CACHE": {**WATCHED, "front_bytes": 0}}, '"front_bytes"] is 0'),
    ):
        caplog.clear()
        with override_settings(ROOT_URLCONF=SITE, **given):
            site = Site()
            site.warm("/names/")
            assert site.reaches_django("/names/")
        assert why in caplog.text
