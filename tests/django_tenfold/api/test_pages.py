"""Lists of Django by key, with links that keep what else was asked."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.views.generic import ListView

from django_tenfold.api.pages import KeysetListMixin
from tests.django_site.records.models import Record
from tests.django_tenfold.api.keyset_data import fill

if TYPE_CHECKING:
    from django.template.response import TemplateResponse

pytestmark = pytest.mark.usefixtures("sqlite_database")


class Records(KeysetListMixin, ListView):
    model = Record
    ordering = (F("score").desc(nulls_last=True), "rank")
    paginate_by = 4
    template_name = "nothing.html"


class OldRecords(Records):
    cursor_max_age = -1


urlpatterns = [path("records/", Records.as_view()), path("old/", OldRecords.as_view())]


def ask(query: str) -> TemplateResponse:
    answer = Records.as_view()(RequestFactory().get("/records/" + query))
    assert answer.status_code == 200
    return answer


def test_a_list_view_leads_through_all_rows_and_back_by_its_links() -> None:
    fill(random.Random(1), 10)
    seen = []
    context = ask("?shown=all").context_data
    assert context["page_links"]["previous"] is None
    while True:
        seen += [row.pk for row in context["object_list"]]
        if not context["page_links"]["next"]:
            break
        context = ask(context["page_links"]["next"]).context_data
        assert "shown=all" in context["page_links"]["previous"]
    assert seen == list(Record.objects.order_by(*Records.ordering, "id").values_list("pk", flat=True))
    first = ask(ask(context["page_links"]["previous"]).context_data["page_links"]["previous"]).context_data
    assert [row.pk for row in first["object_list"]] == seen[:4]
    assert [row.pk for row in ask(first["page_links"]["last"]).context_data["object_list"]] == seen[-4:]
    assert first["page_links"]["first"] == "?shown=all"
    assert first["is_paginated"]


def test_a_list_view_counts_nothing() -> None:
    fill(random.Random(1), 10)
    with CaptureQueriesContext(connection) as asked:
        ask("").context_data["object_list"]
    assert len(asked) == 1


@override_settings(ROOT_URLCONF=__name__)
def test_a_bad_cursor_is_answered_with_400_and_its_reason() -> None:
    fill(random.Random(1), 10)
    forged = Client().get("/records/", {"cursor": "a:b:c"})
    assert (forged.status_code, forged.content) == (400, b"This cursor was not made here, or was changed.")
    cursor = ask("").context_data["page_obj"].next
    expired = Client().get("/old/", {"cursor": cursor})
    assert (expired.status_code, b"older than" in expired.content) == (400, True)
