"""A shape and a queryset brought together: may this queryset be read without instances, and what of it counts?

Filters, order, slices, annotations and the database of the queryset stay as they are. What `prefetch_related` says
about the children of the shape is followed, the rest of it has nobody to serve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Prefetch, QuerySet
from django.db.models.manager import BaseManager
from django.db.models.query import ModelIterable

from django_tenfold.api.compiling.emit import Emitter
from django_tenfold.api.compiling.shape import RefusedError, Value
from django_tenfold.api.rows.databases import refuse_elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_tenfold.api.compiling.shape import Many, Shape

_OWN_WAYS = ("_fetch_all", "__iter__", "_iterator", "iterator")
"""A queryset that has its own of these may give other objects than its rows."""


class Plan:
    """A shape ready to run: made once."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.emitter = Emitter(shape)
        self.children = tuple(Plan(one.shape) for one in self.emitter.lists)
        self.related = tuple(
            dict.fromkeys([*_list_models(shape), *(one.shape.model for one in self.emitter.lists)])
        )
        """The models of what stands beside the shape's own, each once."""
        self.annotated = tuple(one.path for one in shape.walk() if isinstance(one, Value) and one.annotated)


def _list_models(shape: Shape) -> Iterator[Any]:
    for path in shape.paths:
        model = shape.model
        for name in path.split("__")[:-1]:
            field = next((one for one in model._meta.get_fields() if one.name == name), None)
            if field is None or not field.is_relation:
                break
            model = field.related_model
            yield model


@dataclass(frozen=True, slots=True)
class Bound:
    plan: Plan
    queryset: Any
    """Of the model, with the shape's expressions; its prefetches are taken off."""
    children: tuple[Bound, ...]
    extra: tuple[str, ...] = ()
    """Columns behind those of the shape."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.plan.emitter.columns, *self.extra)


def bind(plan: Plan, queryset: Any, *, extra: tuple[str, ...] = ()) -> Bound:
    """RefusedError with the reason when rows could give something else than instances."""
    _refuse_queryset(plan, queryset)
    narrowed: list[Any] = [QuerySet(many.shape.model) for many in plan.emitter.lists]
    own, below = _sort_prefetches(plan, queryset._prefetch_related_lookups)
    for number, many in enumerate(plan.emitter.lists):
        chosen = own.get(number)
        if chosen is not None:
            _refuse_same_table(many, chosen)
        narrowed[number] = _list_related(many.shape.model) if chosen is None else chosen
        if lookups := below.get(number):
            narrowed[number] = narrowed[number].prefetch_related(*lookups)
        if many.filtered is not None:
            narrowed[number] = many.filtered(narrowed[number])
        if narrowed[number].query.is_sliced:
            raise RefusedError(f"the queryset of {many.steps} is sliced: each row would want its own slice")
        if many.back in narrowed[number].query.annotations:
            raise RefusedError(f"an annotation of {many.steps} is called {many.back}, as what it is found by")
    clone = queryset._chain()
    clone._prefetch_related_lookups = ()
    if plan.shape.expressions:
        clone = clone.annotate(**plan.shape.expressions)
    if clone.query.distinct:  # or rows that differ in something else could be one
        others = (one for one in ("pk", *clone.query.annotation_select) if one not in plan.emitter.columns)
        extra = tuple(dict.fromkeys((*extra, *others)))
    children = tuple(bind(child, one) for child, one in zip(plan.children, narrowed, strict=True))
    return Bound(plan, clone, children, extra)


def _list_related(model: Any) -> Any:
    """What Django lists related objects from: it makes a manager of the class of the default one, without arguments."""
    manager = model._default_manager
    if type(manager).__init__ is BaseManager.__init__:
        return manager.all()
    made = type(manager)()
    made.model = model
    return made.all()


def _refuse_queryset(plan: Plan, queryset: Any) -> None:
    for refused, reason in (
        (not isinstance(queryset, QuerySet), "it is no queryset"),
        (
            isinstance(queryset, QuerySet) and queryset._iterable_class is not ModelIterable,
            "the queryset gives no plain instances (values(), or its own kind of iteration)",
        ),
    ):
        if refused:
            raise RefusedError(reason)
    for name in _OWN_WAYS:
        if getattr(type(queryset), name) is not getattr(QuerySet, name):
            raise RefusedError(f"{type(queryset).__name__}.{name} is its own")
    query = queryset.query
    if query.combinator or query.extra_select or query.select_for_update:
        raise RefusedError("the queryset is a union, has extra() columns or locks its rows")
    if not issubclass(queryset.model, plan.shape.model):
        raise RefusedError(f"the queryset is of {queryset.model.__name__}, not {plan.shape.model.__name__}")
    if queryset._result_cache is not None:
        raise RefusedError("the queryset has been read already")
    expected = {*plan.annotated, *plan.shape.expressions}
    ambiguous = (one for one in plan.emitter.columns if one == "pk" or "__" in one)
    if hidden := [one for one in ambiguous if one in query.annotations and one not in expected]:
        raise RefusedError(f"an annotation has the name of a column: {', '.join(hidden)}")
    refuse_elsewhere(plan.shape.model, plan.related, queryset.db)
    if missing := [path for path in plan.annotated if path not in query.annotation_select]:
        raise RefusedError(f"neither a field nor an annotation of the queryset: {', '.join(missing)}")


def _sort_prefetches(plan: Plan, lookups: Iterable[Any]) -> tuple[dict[int, Any], dict[int, list[Any]]]:
    """Querysets for the shape's lists, and look-ups that go on below one; both by the list's number."""
    own: dict[int, Any] = {}
    below: dict[int, list[Any]] = {}
    for one in lookups:
        if not isinstance(one, Prefetch) or one.queryset is None or one.to_attr:
            continue  # what is kept under a name of its own leaves the relation as it was
        if not _place_prefetch(plan, one, own=own, below=below):
            _refuse_used(plan, one.prefetch_through)
    return own, below


def _place_prefetch(plan: Plan, one: Any, *, own: dict[int, Any], below: dict[int, list[Any]]) -> bool:
    placed = False
    for number, many in enumerate(plan.emitter.lists):
        if one.prefetch_through == many.steps:
            own[number] = one.queryset
            placed = True
        elif one.prefetch_through.startswith(many.steps + "__"):
            rest = one.prefetch_through[len(many.steps) + 2 :]
            below.setdefault(number, []).append(Prefetch(rest, one.queryset))
            placed = True
    return placed


def _refuse_same_table(many: Many, queryset: Any) -> None:
    """Django's prefetch reads the parent's key from the first join of the table between, also when that is another."""
    name, _, joined = many.back.partition("__")
    field = queryset.model._meta.get_field(name) if joined else None
    if field is None or not field.many_to_many:
        return
    through = (field.remote_field if hasattr(field, "m2m_field_name") else field).through
    if any(one.table_name == through._meta.db_table for one in queryset.query.alias_map.values()):
        raise RefusedError(
            f"Prefetch({many.steps!r}) joins {through._meta.db_table} itself: Django mixes its rows up"
        )


def _refuse_used(plan: Plan, steps: str) -> None:
    used = (*plan.emitter.columns, *(many.steps for many in plan.emitter.lists))
    if any(path.startswith(steps + "__") for path in used):
        raise RefusedError(f"Prefetch({steps!r}) chooses which single objects are seen")


def list_steps(plan: Plan) -> list[str]:
    """What `prefetch_related` needs to be told so that instances find everything of the shape loaded."""
    found: dict[str, None] = {}
    for one, child in zip(plan.emitter.lists, plan.children, strict=True):
        found[one.steps] = None
        found.update(dict.fromkeys(f"{one.steps}__{step}" for step in list_steps(child)))
    return [*_list_joined(plan), *found]


def _list_joined(plan: Plan) -> list[str]:
    """Relations to one object that columns reach through."""
    found: dict[str, None] = {}
    for path in plan.emitter.columns:
        words = path.split("__")[:-1]
        found.update(dict.fromkeys("__".join(words[:end]) for end in range(1, len(words) + 1)))
    return [step for step in found if _is_relation(plan.shape.model, step)]


def _is_relation(model: Any, steps: str) -> bool:
    for name in steps.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return False
        if not field.is_relation:
            return False
        model = field.related_model
    return True
