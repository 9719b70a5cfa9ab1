"""Fragments that are kept until what they show changes."""

from __future__ import annotations

import zoneinfo
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.messages.storage import default_storage
from django.middleware.csrf import get_token
from django.template import TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override

from django_tenfold.cache.purging import purge
from tests.django_site.goods.models import Shelf

pytestmark = pytest.mark.usefixtures("sqlite_database")


class Counter:
    """Renders as the number of times it was rendered."""

    def __init__(self) -> None:
        self.count = 0

    def __str__(self) -> str:
        self.count += 1
        return str(self.count)


def render(text: str, *, request: Any = None, **context: Any) -> str:
    return str(engines["django"].from_string("{% load tenfold_cache %}" + text).render(context, request))


def test_a_fragment_is_rendered_once_until_its_row_changes() -> None:
    shelf, other = Shelf.objects.create(name="a<b"), Shelf.objects.create(name="low")
    text = '{% cached 300 "side" shelf %}{{ shelf.name }} <b>{{ counter }}</b>{% endcached %}'
    counter = Counter()
    assert [render(text, shelf=shelf, counter=counter) for _ in range(2)] == ["a&lt;b <b>1</b>"] * 2
    assert render(text, shelf=other, counter=counter) == "low <b>2</b>"
    shelf.name = "new"
    shelf.save()
    assert render(text, shelf=shelf, counter=counter) == "new <b>3</b>"
    assert render(text, shelf=other, counter=counter) == "low <b>2</b>"


def test_further_tags_are_words_of_text() -> None:
    text, counter = '{% cached 300 "side" tags="prices home" %}{{ counter }}{% endcached %}', Counter()
    assert [render(text, counter=counter) for _ in range(2)] == ["1", "1"]
    purge("home")
    assert render(text, counter=counter) == "2"


def test_languages_have_fragments_of_their_own() -> None:
    text, counter = '{% cached 300 "side" %}{{ counter }}{% endcached %}', Counter()
    told = []
    for language in ("de", "en", "de"):
        with override(language):
            told.append(render(text, counter=counter))
    assert told == ["1", "2", "1"]


def test_a_fragment_with_a_csrf_token_is_not_kept() -> None:
    text = '{% cached 300 "form" %}{% csrf_token %}{% endcached %}'
    first, second = (render(text, request=RequestFactory().get("/")) for _ in range(2))
    assert first != second
    assert "csrfmiddlewaretoken" in first
    request = RequestFactory().get("/")
    get_token(request)
    render('{% cached 300 "plain" %}x{% endcached %}', request=request)
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"], "what the page before it needs is kept"


def test_a_token_that_the_page_made_before_the_fragment_is_not_kept_in_it() -> None:
    fragment = '{% cached 300 "second form" %}{% csrf_token %}{% endcached %}'
    first, second = RequestFactory().get("/"), RequestFactory().get("/")
    render("{% csrf_token %}" + fragment, request=first)
    told = render("{% csrf_token %} then " + fragment, request=second)
    own, _, shown = told.partition(" then ")
    assert own == shown


def test_the_messages_of_one_reader_are_not_kept() -> None:
    text = '{% cached 300 "news" %}{% for one in messages %}{{ one }}{% endfor %}{% endcached %}'
    told = []
    for message in ("yours", "theirs"):
        request = RequestFactory().get("/")
        request.session = {}
        request._messages = default_storage(request)
        messages.info(request, message)
        told.append(render(text, request=request, messages=request._messages))
        assert request._messages.used
    assert told == ["yours", "theirs"]


def test_a_nonce_of_the_page_is_not_kept() -> None:
    text = '{{ nonce }} {% cached 300 "script" %}<script nonce="{{ nonce }}">{% endcached %}'
    told = []
    for nonce in ("one", "two"):
        request = RequestFactory().get("/")
        request._csp_nonce = nonce
        told.append(render(text, request=request, nonce=nonce))
    assert told == ['one <script nonce="one">', 'two <script nonce="two">']


def test_time_zones_have_fragments_of_their_own() -> None:
    text = '{% load tz %}{% cached 300 "now" %}{% get_current_timezone as zone %}{{ zone }}{% endcached %}'
    with timezone.override(zoneinfo.ZoneInfo("Asia/Tokyo")):
        assert render(text) == "Asia/Tokyo"
    assert render(text) == timezone.get_default_timezone_name()


def test_a_tag_without_a_name_is_an_error_of_the_template() -> None:
    with pytest.raises(TemplateSyntaxError, match="takes the seconds and a name"):
        render("{% cached 300 %}{% endcached %}")
