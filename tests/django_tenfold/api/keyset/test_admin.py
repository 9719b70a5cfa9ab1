"""The admin's change list by key: the rows, the filters and the edits of the stock one."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path

from django_tenfold.api.keyset.admin import KeysetAdminMixin
from tests.django_site.records.models import Record
from tests.django_tenfold.api.keyset_data import fill

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.usefixtures("sqlite_database")


class RecordAdmin(KeysetAdminMixin, admin.ModelAdmin):
    list_display = ("id", "title", "rank")
    list_editable = ("title",)
    list_filter = ("rank",)
    search_fields = ("title",)
    ordering = ("-score",)
    list_per_page = 4
    list_max_show_all = 50


site = admin.AdminSite()
site.register(Record, RecordAdmin)
urlpatterns = [path("admin/", site.urls)]
LIST = "/admin/records/record/"


@pytest.fixture
def client() -> Any:
    fill(random.Random(2), 11)
    made = Client()
    made.force_login(get_user_model().objects.create_superuser("a@shop.example", "secret"))
    with override_settings(ROOT_URLCONF=__name__):
        yield made


def ids(answer: HttpResponse) -> list[int]:
    return [row.pk for row in answer.context_data["cl"].result_list]


def follow(client: Client, answer: HttpResponse, name: str) -> HttpResponse | None:
    link = answer.context_data["cl"].keyset_links.get(name)
    return client.get(LIST + link) if link else None


def test_links_lead_through_the_list_in_the_chosen_order(client: Client) -> None:
    for order, wanted in (("", ("-score", "-id")), ("?o=3", ("rank", "-score", "-id"))):
        answer: HttpResponse | None = client.get(LIST + order)
        seen: list[int] = []
        while answer is not None:
            seen += ids(answer)
            page, answer = answer, follow(client, answer, "next")
        assert seen == list(Record.objects.order_by(*wanted).values_list("pk", flat=True))
        assert ids(follow(client, page, "previous")) == seen[4:8]
        assert 'rel="prev"' in page.content.decode()


def test_filters_and_search_work_and_their_links_lead_to_first_pages(client: Client) -> None:
    second = follow(client, client.get(LIST), "next")
    links = re.findall(r'href="(\?[^"]*rank[^"]*)"', second.content.decode())
    assert links
    assert not [link for link in links if "cursor" in link]
    found = client.get(LIST, {"rank": "1", "q": "a"})
    assert set(ids(found)) == set(Record.objects.filter(rank=1, title="a").values_list("pk", flat=True)[:4])


def test_a_search_from_the_second_page_begins_at_the_first(client: Client) -> None:
    """The form repeats what was asked for: with the cursor in it the rows before that are not found."""
    Record.objects.update(title="a")
    second = follow(client, client.get(LIST + "?q=a"), "next")
    assert "_cursor" in second.wsgi_request.GET
    assert not re.findall(r'<input[^>]*name="_cursor"', second.content.decode())


def test_an_editable_list_is_saved_where_it_stands(client: Client) -> None:
    second = follow(client, client.get(LIST), "next")
    rows = ids(second)
    form = {f"form-{number}-title": f"new {pk}" for number, pk in enumerate(rows)}
    form |= {f"form-{number}-id": str(pk) for number, pk in enumerate(rows)}
    form |= {"form-TOTAL_FORMS": "4", "form-INITIAL_FORMS": "4", "_save": "Save"}
    link = client.get(LIST).context_data["cl"].keyset_links["next"]
    assert client.post(LIST + link, form).status_code == 302
    assert {row.title for row in Record.objects.filter(pk__in=rows)} == {f"new {pk}" for pk in rows}


def test_the_whole_table_is_counted_once_and_says_how(client: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(LIST)
    assert len([one for one in asked if "COUNT" in one["sql"]]) == 1
    assert "11 records" in answer.content.decode()
    assert len(ids(client.get(LIST, {"all": ""}))) == 11


def test_a_bad_cursor_leads_to_the_first_page_with_its_reason(client: Client) -> None:
    answer = client.get(LIST, {"_cursor": "a:b:c", "rank": "1"}, follow=True)
    assert answer.redirect_chain == [(f"{LIST}?rank=1", 302)]
    assert "This cursor was not made here" in answer.content.decode()
