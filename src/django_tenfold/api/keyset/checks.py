"""W851: a list is declared with keyset pages, and no declared index stands in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import Warning, register
from django.db.models import QuerySet
from django.db.models.base import ModelBase
from django.db.models.manager import BaseManager
from django.db.utils import ConnectionDoesNotExist

from django_tenfold.api.keyset.index import find_index, suggest_index
from django_tenfold.api.keyset.paginator import KeysetPaginator
from django_tenfold.api.pages import KeysetListMixin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.checks import CheckMessage


def check_orders(app_configs: object, **_: object) -> list[CheckMessage]:
    """W851 for each list of the URLs and the admin whose order no index of Meta serves."""
    found: list[CheckMessage] = []
    for owner, queryset, order in [*_find_admins(), *_find_views()]:
        if problem := judge_order(owner, queryset, order):
            found.append(problem)
    return found


def judge_order(owner: type, queryset: Any, order: Any) -> CheckMessage | None:
    """W851, or None: an index serves the order, or it is one that Meta cannot tell of (expressions, other tables)."""
    try:
        keys = KeysetPaginator(queryset, order_by=order).keys
    except (TypeError, ValueError, ConnectionDoesNotExist) as problem:
        return Warning(
            f"{owner.__module__}.{owner.__qualname__} cannot be paged by keys: {problem}",
            hint="Give it an `ordering` of columns.",
            obj=owner,
            id="tenfold.W852",
        )
    suggested = suggest_index(keys)
    if not suggested or find_index(keys, queryset.model, rows=queryset):
        return None
    names = ", ".join(f"{'-' if key.descending else ''}{key.name}" for key in keys)
    return Warning(
        f"{owner.__module__}.{owner.__qualname__} is paged by ({names}), but no index of {queryset.model._meta.label}"
        " stands in that order: each page reads and sorts the whole table.",
        hint=f"Add {suggested} to Meta.indexes of {queryset.model.__name__}, with the columns that the list is always"
        " filtered by in front; or silence tenfold.W851 if the index was made by hand.",
        obj=owner,
        id="tenfold.W851",
    )


def _find_admins() -> Iterator[tuple[type, Any, Any]]:
    from django.apps import apps

    if not apps.is_installed("django.contrib.admin"):
        return
    from django.contrib.admin.sites import all_sites

    from django_tenfold.api.keyset.admin import KeysetAdminMixin

    for site in all_sites:
        registered: dict[Any, Any] = site._registry
        for model, made in registered.items():
            if issubclass(type(made), KeysetAdminMixin):
                order = made.ordering or model._meta.ordering or ()
                # The change list's own last key, ChangeList._get_deterministic_ordering.
                yield type(made), model._default_manager.all(), (*order, "-pk")


def _find_views() -> Iterator[tuple[type, Any, Any]]:
    if not getattr(settings, "ROOT_URLCONF", ""):
        return
    from django.urls import get_resolver

    for callback in {*_find_callbacks(get_resolver().url_patterns)}:
        view: Any = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
        queryset = _declared_queryset(view)
        if queryset is None:
            continue
        if issubclass(view, KeysetListMixin):
            yield view, queryset, getattr(view, "ordering", None)
        elif _is_keyset_pagination(getattr(view, "pagination_class", None)):
            yield view, queryset, getattr(view, "ordering", None) or view.pagination_class.ordering


def _declared_queryset(view: Any) -> Any:
    """None where either is worked out by an instance, as by the properties of Wagtail's views."""
    if not isinstance(view, type):
        return None
    queryset = getattr(view, "queryset", None)
    model = getattr(view, "model", None)
    if isinstance(queryset, (QuerySet, BaseManager)):
        return queryset.all()
    return model._default_manager.all() if isinstance(model, ModelBase) and queryset is None else None


def _is_keyset_pagination(found: Any) -> bool:
    """Without importing REST framework into a project that has none."""
    return any(one.__module__ == "django_tenfold.api.drf.pagination" for one in getattr(found, "__mro__", ()))


def _find_callbacks(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _find_callbacks(pattern.url_patterns)
        else:
            yield pattern.callback


def register_keyset_checks() -> None:
    register(check_orders)
