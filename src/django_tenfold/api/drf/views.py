"""`class Reviews(CompiledListMixin, ListAPIView)`: a list that makes no instances, and no query for each row.

Everything else of the view stays: its queryset, filters, permissions, paginator, renderers. What cannot be proved to
give the same answer takes REST framework's own way, and the log says why, once.
"""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from types import FunctionType
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.utils.functional import SimpleLazyObject
from rest_framework import mixins
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import (
    BasePagination,
    CursorPagination,
    LimitOffsetPagination,
    PageNumberPagination,
)
from rest_framework.response import Response
from rest_framework.serializers import ListSerializer
from rest_framework.utils.serializer_helpers import ReturnList

from django_tenfold.api import proof
from django_tenfold.api.compiling.shape import RefusedError
from django_tenfold.api.drf.compile import compile_class
from django_tenfold.api.drf.serializers import (
    bind_class,
    explain_class,
    make_context,
    prefetch_needed,
    tell_once,
)
from django_tenfold.api.rows.named import make_named
from django_tenfold.api.rows.query import as_rows, finish

_SLICES = (PageNumberPagination, LimitOffsetPagination)
"""They take a slice and give it on; all else may look at the objects."""
_LINKS = ("paginate_queryset", "get_next_link", "get_previous_link", "_get_position_from_instance")
"""Where CursorPagination looks at objects: for the columns that it orders by."""


class CompiledListMixin:
    """The first base of a view with `list()`: ListAPIView, ModelViewSet, ..."""

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if reason := self._explain_view():
            tell_once(type(self).__qualname__, (reason,))
            return super().list(request, *args, **kwargs)  # type: ignore[misc]
        queryset = self.filter_queryset(self.get_queryset())  # type: ignore[attr-defined]
        rows = self._bind(queryset)
        if rows is None:
            return self._list_instances(queryset)
        kind, bound, found = rows
        untouched = copy(self.paginator)  # type: ignore[attr-defined]
        page = self.paginate_queryset(found)  # type: ignore[attr-defined]
        if page is None:
            instances, taken = queryset, [*found]
        else:
            instances, taken = self._restore(queryset, untouched), [*page]
        # Whoever looks at them gets what REST framework would have given, and pays for it.
        serializer = self.get_serializer(instances, many=True)  # type: ignore[attr-defined]
        told = self._finish(serializer, bound, taken) if type(serializer.child) is kind else serializer.data
        return Response(told) if page is None else self.get_paginated_response(told)  # type: ignore[attr-defined]

    def _restore(self, queryset: Any, paginator: Any) -> Any:
        """The instances of the page, also for those who look at the paginator's."""
        request = self.request  # type: ignore[attr-defined]
        instances = SimpleLazyObject(lambda: paginator.paginate_queryset(queryset, request, view=self))
        shown = getattr(self.paginator, "page", None)  # type: ignore[attr-defined]
        if isinstance(shown, Page):
            shown.object_list, shown.paginator.object_list = instances, queryset
        return instances

    def _finish(self, serializer: Any, bound: Any, taken: Any) -> Any:
        try:
            data = finish(bound, taken, make_context(serializer.context))
        except RefusedError as reason:
            tell_once(type(self).__qualname__, (str(reason),))
            return serializer.data
        return ReturnList(data, serializer=serializer)  # paginators and renderers may look at it

    def explain_list(self) -> tuple[str, ...]:
        """Why the list is read by REST framework itself, as far as the classes tell; empty when it is not.

        Of an instance: `Reviews().explain_list()`. What a queryset brings is said in the log.
        """
        serializer = self.get_serializer_class()  # type: ignore[attr-defined]
        queryset: Any = getattr(self, "queryset", None)
        model = serializer.Meta.model if queryset is None else queryset.model
        reason = self._explain_view()
        return (*([reason] if reason else []), *compile_class(serializer, model).reasons)

    def _explain_view(self) -> str:
        after = type(self).__mro__[type(self).__mro__.index(CompiledListMixin) + 1 :]
        owner = next((one for one in after if "list" in vars(one)), None)
        if owner is not mixins.ListModelMixin:
            return "list() of another class comes after CompiledListMixin"
        for name in ("get_serializer", "paginate_queryset"):
            if proof.find_owner(type(self), name) is not GenericAPIView:
                return f"the view's {name}() is its own"
        return ""

    def _bind(self, queryset: Any) -> Any:
        """The serializer, and how the queryset is read; None when REST framework has to."""
        if not isinstance(queryset, QuerySet):
            return None
        kind = self.get_serializer_class()  # type: ignore[attr-defined]
        if explain_class(kind, queryset.model):  # before there is one: it may look at what it is given
            return None
        paginator = self.paginator  # type: ignore[attr-defined]
        owner: Any = None if paginator is None else proof.find_owner(type(paginator), "paginate_queryset")
        named = owner is not None and owner not in _SLICES
        if named and not _knows_names(owner):
            tell_once(
                type(self).__qualname__, (f"{owner.__name__}.paginate_queryset may look at the objects",)
            )
            return None
        view: Any = type(self)
        pages: Any = type(paginator)
        if named and (reason := _find_looks(pages) or _find_looks(view, "get_paginated_response")):
            tell_once(view.__qualname__, (reason,))
            return None
        names = self._name_columns(paginator, queryset) if named else None
        bound = bind_class(kind, queryset, names=names)
        if bound is None:
            return None
        return kind, bound, as_rows(bound, make_named(bound.columns) if named else None)

    def _name_columns(self, paginator: Any, queryset: Any) -> tuple[str, ...]:
        """What the paginator looks at; empty when that may be anything."""
        if any(proof.find_owner(type(paginator), name) is not CursorPagination for name in _LINKS):
            return ()
        ordering = paginator.get_ordering(self.request, queryset, self)  # type: ignore[attr-defined]
        return tuple(name.lstrip("-") for name in ordering)

    def _list_instances(self, queryset: Any) -> Any:
        """What ListModelMixin does, from the queryset that is there already."""
        page = self.paginate_queryset(queryset)  # type: ignore[attr-defined]
        serializer = self.get_serializer(queryset if page is None else page, many=True)  # type: ignore[attr-defined]
        if isinstance(page, list) and isinstance(serializer, ListSerializer):
            prefetch_needed(serializer, page)
        if page is None:
            return Response(serializer.data)
        return self.get_paginated_response(serializer.data)  # type: ignore[attr-defined]


def _knows_names(owner: Any) -> bool:
    own = owner is CursorPagination or owner.__module__.startswith("django_tenfold.api")
    return own and issubclass(owner, BasePagination)


@lru_cache(maxsize=200)
def _find_looks(kind: Any, only: str = "") -> str:
    """Which method of the project's own reads `page`, where a paginator by key has rows; "" for none."""
    for one in kind.__mro__:
        if one.__module__.split(".")[0] in ("rest_framework", "django_tenfold"):
            continue
        for name, method in vars(one).items():
            if isinstance(method, FunctionType) and only in ("", name) and "page" in method.__code__.co_names:
                return f"{one.__name__}.{name} may look at the objects of its page"
    return ""
