"""`compiled(ReviewSerializer)`: an existing serializer that reads querysets without instances.

    serializer_class = compiled(ReviewSerializer)
    compiled(ReviewSerializer)(Review.objects.all(), many=True).data

Writing, one object, and whatever cannot be proved to be the same are REST framework's own; `explain` tells why.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Manager, Model, QuerySet, prefetch_related_objects
from rest_framework.serializers import ListSerializer

from django_tenfold.api.compiling.shape import Context, RefusedError
from django_tenfold.api.drf.compile import compile_class, refuse_list
from django_tenfold.api.drf.renderers import encode_anything
from django_tenfold.api.rows.bind import Bound, bind, list_steps
from django_tenfold.api.rows.query import read
from django_tenfold.api.rows.render import render_bound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

logger = logging.getLogger("django_tenfold.api")
_told: set[tuple[str, tuple[str, ...]]] = set()
"""Which reasons the log has, of this process; one entry for each class and reason in the code."""

Serializer = TypeVar("Serializer", bound=type)


class CompiledListSerializer(ListSerializer):
    """`many=True` of a compiled serializer."""

    def to_representation(self, data: Any) -> Any:
        queryset = data.all() if isinstance(data, Manager) else data
        if isinstance(queryset, QuerySet) and queryset._result_cache is None:
            bound = bind_serializer(self, queryset)
            if bound is not None:
                try:
                    return read(bound, make_context(self.context))
                except RefusedError as reason:
                    tell_once(type(self.child).__qualname__, (str(reason),))
        elif isinstance(queryset, list):
            with lend_caches(queryset):
                prefetch_needed(self, queryset)
                return super().to_representation(queryset)
        return super().to_representation(queryset)


def compiled(serializer: Serializer) -> Serializer:
    """The same class, reading by rows; unchanged when it has a list serializer of its own."""
    meta = getattr(serializer, "Meta", object)
    if getattr(meta, "list_serializer_class", None) is not None:
        tell_once(serializer.__qualname__, ("Meta.list_serializer_class is its own",))
        return serializer
    body = {
        "Meta": type("Meta", (meta,), {"list_serializer_class": CompiledListSerializer}),
        "__module__": serializer.__module__,
        "__qualname__": serializer.__qualname__,
        "__doc__": serializer.__doc__,
    }
    return type(serializer)(serializer.__name__, (serializer,), body)


def render(serializer: type[Any], queryset: Any, *, request: Any = None, how: str = "") -> bytes:
    """A serializer class and a queryset as a JSON list, for views of Django without REST framework's.

    `how` is "rows" or "sql", as for ReadSerializer.render.
    """
    made = serializer(queryset, many=True, context={"request": request})
    bound = bind_serializer(made, queryset)
    if bound is not None:
        try:
            return render_bound(bound, make_context(made.context), how=how, encode=encode_anything)
        except RefusedError as reason:
            tell_once(serializer.__qualname__, (str(reason),))
    return encode_anything(made.data)


def bind_serializer(serializer: Any, queryset: Any) -> Bound | None:
    """How `serializer` (many=True) reads the queryset; None, and a word in the log, when REST framework has to."""
    kind: Any = type(serializer.child)
    if explain_class(kind, queryset.model, type(serializer)):
        return None
    if "fields" in vars(serializer.child):
        reason = "its fields were taken before it was asked for data: they may have been changed"
        tell_once(kind.__qualname__, (reason,))
        return None
    return bind_class(kind, queryset)


def bind_class(kind: Any, queryset: Any, *, names: Sequence[str] | None = None) -> Bound | None:
    """The same for a serializer class that `explain_class` has nothing against.

    `names` are columns for what looks at rows as it would at instances, every one of the model when empty.
    """
    plan: Any = compile_class(kind, queryset.model).plan
    try:
        bound = bind(plan, queryset)
        return bound if names is None else _widen(bound, names)
    except RefusedError as reason:
        tell_once(kind.__qualname__, (str(reason),))
        return None


def explain_class(kind: Any, model: Any, listing: type | None = None) -> tuple[str, ...]:
    """Why REST framework has to read for a serializer class, said in the log; `listing` is that of many=True."""
    if not isinstance(kind, type):
        reasons: tuple[str, ...] = (f"a {type(kind).__name__} is no class",)
        tell_once(type(kind).__qualname__, reasons)
        return reasons
    listing = listing or getattr(getattr(kind, "Meta", None), "list_serializer_class", None) or ListSerializer
    reasons = explain_listing(listing) or compile_class(kind, model).reasons
    if reasons:
        tell_once(kind.__qualname__, reasons)
    return reasons


@lru_cache(maxsize=200)
def explain_listing(listing: type) -> tuple[str, ...]:
    """Why a class of many=True cannot be passed over; empty when it can."""
    try:
        refuse_list(listing)
    except RefusedError as reason:
        return (str(reason),)
    return ()


def _widen(bound: Bound, names: Sequence[str]) -> Bound:
    queryset = bound.queryset
    every = [one.attname for one in queryset.model._meta.concrete_fields]
    wanted = names or [*every, *queryset.query.annotation_select, "pk"]
    extra = dict.fromkeys(name for name in wanted if name not in bound.columns)
    return Bound(bound.plan, queryset, bound.children, (*bound.extra, *extra))


def make_context(context: dict[str, Any]) -> Context:
    return Context(context.get("request"), context.get("format"), context)


@contextmanager
def lend_caches(instances: list[Any]) -> Iterator[None]:
    """What is loaded below does not stay on the instances: they are not ours, and may live longer than its truth."""
    name = "_prefetched_objects_cache"
    before = [(one, {**vars(one).get(name, {})}) for one in instances if isinstance(one, Model)]
    try:
        yield
    finally:
        for one, kept in before:
            if name in vars(one):
                setattr(one, name, kept)


def prefetch_needed(serializer: Any, instances: list[Any]) -> None:
    """Instances that are there already are read as they are, but no longer with a query for each."""
    if not instances or not isinstance(instances[0], Model) or "fields" in vars(serializer.child):
        return
    kind: Any = type(serializer.child)
    model: Any = type(instances[0])
    made = compile_class(kind, model)
    if made.plan is None:
        tell_once(kind.__qualname__, made.reasons)
    elif all(type(one) is model and one.pk is not None for one in instances):
        prefetch_related_objects(instances, *list_steps(made.plan))


def tell_once(name: str, reasons: tuple[str, ...]) -> None:
    if (name, reasons) not in _told:
        _told.add((name, reasons))
        logger.warning("%s is read by REST framework itself: %s", name, "; ".join(reasons))
