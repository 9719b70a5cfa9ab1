"""Lists that are declared without an index for their order are warned of, with the index to add."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import override_settings
from django.urls import include, path
from django.utils.functional import cached_property
from django.views.generic import ListView
from rest_framework.generics import ListAPIView

from django_tenfold.api.drf.pagination import KeysetPagination
from django_tenfold.api.keyset.admin import KeysetAdminMixin
from django_tenfold.api.keyset.checks import check_orders
from django_tenfold.api.pages import KeysetListMixin
from tests.django_site.records.models import Record, Slot

pytestmark = pytest.mark.usefixtures("sqlite_database")


class Served(KeysetListMixin, ListView):
    model = Record
    ordering = ("rank", "-id")


class Sorted(Served):
    ordering = ("-made",)


class Shuffled(Served):
    ordering = ("?",)


class Listed(ListAPIView):
    queryset = Record.objects.all()
    pagination_class = type("Pages", (KeysetPagination,), {"ordering": "title"})


class Plain(ListView):
    model = Record
    ordering = ("title",)


class Worked(Plain):
    """Lists whose model or rows an instance works out, as Wagtail's do."""

    model = cached_property(lambda self: Record)


class Prepared(Served):
    model = None
    queryset = property(lambda self: Record.objects.all())


class RecordAdmin(KeysetAdminMixin, admin.ModelAdmin):
    ordering = ("weight",)  # and -id by the change list itself


class SlotAdmin(KeysetAdminMixin, admin.ModelAdmin):
    pass


site = admin.AdminSite()
site.register(Record, RecordAdmin)
site._registry[Slot] = SlotAdmin(Slot, site)  # register() refuses composite keys
VIEWS = (Served, Sorted, Shuffled, Listed, Plain, Worked, Prepared)
inner = [path(view.__name__, view.as_view()) for view in VIEWS]
urlpatterns = [path("inner/", include(inner))]


@override_settings(ROOT_URLCONF=__name__)
def test_each_list_without_an_index_is_named_with_the_one_to_add() -> None:
    told = {
        problem.obj.__name__: problem for problem in check_orders(None) if problem.obj.__module__ == __name__
    }
    assert {*told} == {"Sorted", "Shuffled", "Listed", "RecordAdmin"}
    assert told["Shuffled"].id == "tenfold.W852"
    assert told["Sorted"].id == "tenfold.W851"
    assert "(-made, -id), but no index of records.Record" in told["Sorted"].msg
    assert 'models.Index(fields=["-made", "-id"])' in told["Sorted"].hint
    assert 'models.Index(fields=["title", "id"])' in told["Listed"].hint
    assert 'models.Index(fields=["weight", "-id"])' in told["RecordAdmin"].hint


def test_a_site_without_such_lists_is_left_alone() -> None:
    told = [problem.obj.__module__ for problem in check_orders(None)]
    assert [name for name in told if not name.startswith("tests.django_tenfold.api")] == []
