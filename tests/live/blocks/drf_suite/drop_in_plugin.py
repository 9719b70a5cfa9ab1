"""A pytest plugin for REST framework's own tests: what projects would use of it is that of the api block.

It stands outside of any package: REST framework's tests are called `tests`, as those of this repository are. DROP_IN
names what is put in; how many lists were compiled goes to the file DROP_IN_COUNTS, so that nobody takes a suite that
compiled none for a proof.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

COUNTS: Counter[str] = Counter()


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """After the suite's conftest has set Django up, before its tests are imported."""
    for part in os.environ["DROP_IN"].split():
        {"lists": put_in_lists, "pages": put_in_pages, "renderer": put_in_renderer}[part]()


def pytest_unconfigure() -> None:
    Path(os.environ["DROP_IN_COUNTS"]).write_text(json.dumps(COUNTS), encoding="utf-8")


def put_in_lists() -> None:
    """Every generic view with a list has the mixin, and `many=True` of every serializer is as `compiled()` has it."""
    from rest_framework import generics, serializers, viewsets

    from django_tenfold.api.compiling.emit import Emitter
    from django_tenfold.api.drf.serializers import CompiledListSerializer
    from django_tenfold.api.drf.views import CompiledListMixin

    serializers.ListSerializer = CompiledListSerializer
    for module, names in (
        (generics, ("ListAPIView", "ListCreateAPIView")),
        (viewsets, ("ReadOnlyModelViewSet", "ModelViewSet")),
    ):
        for name in names:
            plain = getattr(module, name)
            body = {"__module__": plain.__module__, "__doc__": plain.__doc__}
            setattr(module, name, type(name, (CompiledListMixin, plain), body))
    emit = Emitter.emit

    def emit_counted(self: Any, *args: Any) -> Any:
        COUNTS["compiled"] += 1
        return emit(self, *args)

    Emitter.emit = emit_counted  # type: ignore[method-assign]
    allow_fewer_queries()


def allow_fewer_queries() -> None:
    """A test that counts queries is held to at most as many: that there are fewer is what the drop-in is for."""
    from django.test import testcases

    class AtMost(testcases._AssertNumQueriesContext):  # type: ignore[misc]
        def __exit__(self, *raised: Any) -> None:
            self.num = min(self.num, len(self.connection.queries_log) - self.initial_queries)
            super().__exit__(*raised)

    testcases._AssertNumQueriesContext = AtMost


def put_in_pages() -> None:
    from rest_framework import pagination

    from django_tenfold.api.drf.pagination import KeysetPagination

    pagination.CursorPagination = KeysetPagination


def put_in_renderer() -> None:
    from rest_framework import renderers

    from django_tenfold.api.drf.renderers import FastJSONRenderer

    renderers.JSONRenderer = FastJSONRenderer
