"""Keyset pages where a REST framework view had CursorPagination."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.filters import OrderingFilter
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer
from rest_framework.test import APIRequestFactory

from django_tenfold.api.drf.pagination import KeysetPagination
from django_tenfold.api.drf.views import CompiledListMixin
from tests.django_site.records.models import Record
from tests.django_tenfold.api.keyset_data import fill

pytestmark = pytest.mark.usefixtures("sqlite_database")


class RecordSerializer(ModelSerializer):
    class Meta:
        model = Record
        fields = ("id", "rank", "score")


class Pages(KeysetPagination):
    page_size = 4
    page_size_query_param = "size"
    max_page_size = 6


class Records(ListAPIView):
    queryset = Record.objects.order_by("-score", "rank")
    serializer_class = RecordSerializer
    pagination_class = Pages
    filter_backends = (OrderingFilter,)
    ordering_fields = ("rank",)
    renderer_classes = (JSONRenderer,)
    authentication_classes = ()
    permission_classes = ()


def ask(url: str = "/records/", view: Any = Records, status: int = 200) -> Any:
    answer = view.as_view()(APIRequestFactory().get(url))
    assert answer.status_code == status
    return answer.data


class RecordsInAnyOrder(Records):
    ordering_fields = "__all__"


def test_an_order_of_the_client_that_no_page_can_follow_is_its_mistake_and_a_declared_one_ours() -> None:
    fill(random.Random(1), 11)
    refused = ask("/records/?ordering=facts", RecordsInAnyOrder, 400)
    assert refused["detail"] == "This list cannot be paged in that order."

    class Declared(Records):
        ordering = ("facts",)

    with pytest.raises(TypeError, match="null is not NULL"):
        ask("/records/", Declared)


def test_links_lead_through_all_rows_in_the_queryset_order() -> None:
    fill(random.Random(1), 11)
    page, seen = ask(), []
    assert [*page] == ["next", "previous", "results"]
    assert page["previous"] is None
    while True:
        seen += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        page = ask(page["next"])
    assert seen == list(Record.objects.order_by("-score", "rank", "id").values_list("pk", flat=True))
    assert [row["id"] for row in ask(ask(page["previous"])["previous"])["results"]] == seen[:4]


def test_an_ordering_filter_chooses_the_order_and_cursors_keep_to_it() -> None:
    fill(random.Random(1), 11)
    page = ask("/records/?ordering=-rank&size=100")
    assert [row["id"] for row in page["results"]] == list(
        Record.objects.order_by("-rank", "-id").values_list("pk", flat=True)[:6]
    )
    assert "ordering=-rank" in page["next"]
    told = ask(page["next"].replace("ordering=-rank", "ordering=rank"), status=400)
    assert "another order or other filters" in str(told["detail"])


def test_a_forged_cursor_is_400_with_a_reason_and_a_code() -> None:
    told = ask("/records/?cursor=abc", status=400)
    assert (str(told["detail"])[:24], told["detail"].code) == ("This cursor is malformed", "malformed")
    assert ask("/records/?cursor=a:b:c", status=400)["detail"].code == "forged"


def test_the_answer_equals_that_of_cursor_pagination_but_for_cursors() -> None:
    fill(random.Random(1), 11)

    class Stock(CursorPagination):
        page_size = 4
        ordering = "-id"

    class Ours(KeysetPagination):
        page_size = 4
        ordering = "-id"

    views = [
        type("View", (Records,), {"pagination_class": one, "filter_backends": ()}) for one in (Stock, Ours)
    ]
    links: list[str | None] = ["/records/", "/records/"]
    while links[0]:
        theirs, ours = (ask(str(link), view) for link, view in zip(links, views, strict=True))
        assert ours["results"] == theirs["results"]
        assert [*ours] == [*theirs]
        assert (ours["previous"] is None) == (theirs["previous"] is None)
        links = [theirs["next"], ours["next"]]
    assert links == [None, None]


def test_a_count_says_how_it_was_obtained() -> None:
    fill(random.Random(1), 5)
    view = type("View", (Records,), {"pagination_class": type("Counted", (Pages,), {"count_mode": "auto"})})
    answer = ask(view=view)
    assert (answer["count"], answer["count_method"]) == (5, "exact")
    described = view.pagination_class().get_paginated_response_schema({"type": "array"})
    assert {"count", "count_method", "next", "results"} <= set(described["properties"])


@override_settings(SECRET_KEY="another")
def test_a_size_of_nothing_pages_nothing() -> None:
    fill(random.Random(1), 5)
    view = type(
        "View", (Records,), {"pagination_class": type("Whole", (KeysetPagination,), {"page_size": None})}
    )
    assert len(ask(view=view)) == 5


@pytest.mark.parametrize(
    "order", [("-score", "rank"), ("owner__name", "-rank"), ("-rank",), ("title", "-made")]
)
def test_pages_of_a_compiled_list_are_those_of_instances(order: tuple[str, ...]) -> None:
    fill(random.Random(3), 11)
    pages = type("Ordered", (Pages,), {"ordering": order})
    plain = type("Plain", (Records,), {"pagination_class": pages, "filter_backends": ()})
    compiled = type("Compiled", (CompiledListMixin, plain), {})
    link: str | None = "/records/"
    seen = []
    while link:
        expected = ask(link, plain)
        answer = ask(link, compiled)
        assert JSONRenderer().render(answer["results"]) == JSONRenderer().render(expected["results"])
        seen += [row["id"] for row in answer["results"]]
        assert (answer["next"] is None) == (expected["next"] is None)
        link = answer["next"]
    assert len(seen) == 11
