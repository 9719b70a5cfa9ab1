"""Lists of django-ninja without instances, without pydantic for each row, and without a query for each.

    @api.get("/reviews", response=list[ReviewOut])
    @compiled_list
    @paginate(PageNumberPagination)
    def list_reviews(request):
        return Review.objects.all()

The operation stays what it is: its schema in OpenAPI, its authentication, throttles, parameters and pagination. What
cannot be proved to give the same answer is read by django-ninja itself, and the log says why, once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from inspect import unwrap
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.db.models import Manager, QuerySet
from django.http import HttpResponse
from ninja.decorators import decorate_view
from ninja.pagination import make_response_paginated
from ninja.responses import Status

from django_tenfold.api.compiling.shape import Context, RefusedError
from django_tenfold.api.ninja.answers import SLICES, drop_none, read_answer, refuse_renderer
from django_tenfold.api.ninja.compile import compile_schema
from django_tenfold.api.ninja.values import UnprovedError
from django_tenfold.api.rows.bind import Bound, bind
from django_tenfold.api.rows.encoder import encode
from django_tenfold.api.rows.named import make_named
from django_tenfold.api.rows.query import as_rows, finish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.api.ninja.answers import Answer


logger = logging.getLogger("django_tenfold.api")
_told: set[tuple[str, str]] = set()
"""Which reasons the log has, of this process; one entry for each view and reason in the code."""
_OPERATION = "tenfold_ninja_operation"

View = TypeVar("View", bound=Callable[..., Any])


def compiled_list(view: View) -> View:
    """The first decorator below that of the route."""
    paginator = _find_paginator(view)
    inner = view.__wrapped__ if paginator is not None else view  # type: ignore[attr-defined]
    made: Any = None

    if iscoroutinefunction(view):

        @wraps(view)
        async def answer_async(request: Any, **asked: Any) -> Any:
            return await _alist(_Asked(made, inner, paginator, request, asked))

        made = answer_async
    else:

        @wraps(view)
        def answer(request: Any, **asked: Any) -> Any:
            return _list(_Asked(made, inner, paginator, request, asked))

        made = answer
    _contribute(made)
    result: View = made
    return result


def _contribute(view: Any) -> None:
    """Before the decorators that the view has for its operation's run: they may hide whose it is."""
    others = [*getattr(view, "_ninja_contribute_to_operation", ())]
    view._ninja_contribute_to_operation = []  # the list so far is that of the view below
    decorate_view(_tell_operation)(view)
    view._ninja_contribute_to_operation += others


def _find_paginator(view: Any) -> Any:
    """The paginator of a view below `@paginate`, None without."""
    if not getattr(view, "_ninja_is_paginated", False):
        return None
    told = getattr(view, "_ninja_contribute_to_operation", ())
    return next(
        (one.args[0] for one in told if isinstance(one, partial) and one.func is make_response_paginated),
        None,
    )


def _tell_operation(run: Any) -> Any:
    """Around `Operation.run`, of each copy of an operation too: the view finds its operation on the request."""
    operation = getattr(unwrap(run), "__self__", None)

    @wraps(run)
    def told(request: Any, *args: Any, **asked: Any) -> Any:
        setattr(request, _OPERATION, operation)
        return run(request, *args, **asked)

    return told


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request to a list."""

    view: Any
    inner: Any
    """What gives the queryset."""
    paginator: Any
    request: Any
    asked: dict[str, Any]

    def take_page(self) -> Any:
        """What was asked of the pagination; the view gets the rest, as django-ninja calls it."""
        if self.paginator is None:
            return None
        page = self.asked.pop("ninja_pagination", None)
        page = self.paginator.Input() if page is None else page
        if self.paginator.pass_parameter:
            self.asked[self.paginator.pass_parameter] = page
        return page

    def refuse(self, reason: str) -> None:
        name = f"{self.view.__module__}.{self.view.__qualname__}"
        if (name, reason) not in _told:
            _told.add((name, reason))
            logger.warning("%s is read by django-ninja itself: %s", name, reason)

    def bind(self, result: Any) -> _Reading | None:
        """None, and a word in the log, when django-ninja has to read."""
        try:
            return _bind(self, result)
        except RefusedError as reason:
            self.refuse(str(reason))
            return None


def _list(asked: _Asked) -> Any:
    page = asked.take_page()
    result = asked.inner(asked.request, **asked.asked)
    reading = asked.bind(result)
    if reading is not None:
        try:
            return reading.respond(_paginate(asked, reading.rows, page))
        except UnprovedError:
            asked.refuse("a value that its schema may refuse or change; that list only")
        except RefusedError as reason:
            asked.refuse(str(reason))
    if asked.paginator is None:
        return result
    return _replace(result, lambda items: _as_list(asked, _paginate(asked, items, page)))


async def _alist(asked: _Asked) -> Any:
    page = asked.take_page()
    result = await asked.inner(asked.request, **asked.asked)
    reading = asked.bind(result)
    if reading is not None:
        try:
            rows = await _apaginate(asked, reading.rows, page)
            return await sync_to_async(reading.respond)(rows)
        except UnprovedError:
            asked.refuse("a value that its schema may refuse or change; that list only")
        except RefusedError as reason:
            asked.refuse(str(reason))
    if asked.paginator is None:
        return [one async for one in result] if isinstance(result, QuerySet) else result
    items = result.value if isinstance(result, Status) else result
    made = _as_list(asked, await _apaginate(asked, items, page))
    return _replace(result, lambda _: made)


def _paginate(asked: _Asked, items: Any, page: Any) -> Any:
    if asked.paginator is None:
        return items
    return asked.paginator.paginate_queryset(items, pagination=page, request=asked.request, **asked.asked)


async def _apaginate(asked: _Asked, items: Any, page: Any) -> Any:
    if asked.paginator is None:
        return items
    return await asked.paginator.apaginate_queryset(
        items, pagination=page, request=asked.request, **asked.asked
    )


def _replace(result: Any, make: Callable[[Any], Any]) -> Any:
    if isinstance(result, Status):
        return Status(result.status_code, make(result.value))
    return make(result)


def _as_list(asked: _Asked, result: Any) -> Any:
    """As django-ninja's own pagination leaves it."""
    if asked.paginator.Output:
        result[asked.paginator.items_attribute] = [*result[asked.paginator.items_attribute]]
    return result


@dataclass(frozen=True, slots=True)
class _Reading:
    """A list that is read by rows."""

    asked: _Asked
    operation: Any
    answer: Answer
    bound: Bound
    rows: Any

    def respond(self, found: Any) -> HttpResponse:
        """`found` are the rows, or what the paginator made of them."""
        if self.answer.page is None:
            return self._send(self._finish(found))
        name = self.asked.paginator.items_attribute
        made = self._finish(found[name])
        flags = self.answer.flags
        around = self.answer.page.model_validate({**found, name: []}).model_dump(
            by_alias=flags.by_alias, exclude_none=flags.exclude_none, exclude_unset=flags.exclude_unset
        )
        return self._send({**around, name: made})

    def _finish(self, rows: Iterable[Any]) -> list[Any]:
        made = finish(self.bound, [*rows], Context(self.asked.request))
        if self.answer.flags.exclude_none:
            drop_none(made, self.bound.plan.shape.entries)
        return made

    def _send(self, data: Any) -> HttpResponse:
        told = self.operation.signature.response_arg
        body = encode(data)
        if told:  # the view may have set headers and cookies on it
            response: HttpResponse = self.asked.asked[told]
            response.status_code, response.content = self.answer.status, body
            return response
        content_type = self.operation.api.get_content_type()
        return HttpResponse(body, status=self.answer.status, content_type=content_type)


def _bind(asked: _Asked, result: Any) -> _Reading:
    operation = getattr(asked.request, _OPERATION, None)
    if operation is None or operation.view_func is not asked.view:
        raise RefusedError("another decorator stands above @compiled_list: write it first below the route")
    queryset = result.all() if isinstance(result, Manager) else result
    if not isinstance(queryset, QuerySet):
        raise RefusedError("the view gives no queryset")
    answer = read_answer(operation, asked.paginator)
    refuse_renderer(operation.api.renderer)
    made = compile_schema(answer.schema, queryset.model, answer.flags)
    if made.plan is None:
        raise RefusedError("; ".join(made.reasons))
    if missing := made.annotated - {*queryset.query.annotation_select}:
        raise RefusedError(f"neither a field nor an annotation of the queryset: {', '.join(sorted(missing))}")
    bound, named = bind(made.plan, queryset), None
    if asked.paginator is not None and not isinstance(asked.paginator, SLICES):
        bound = _widen(bound)
        named = make_named(bound.columns)
    return _Reading(asked, operation, answer, bound, as_rows(bound, named))


def _widen(bound: Bound) -> Bound:
    """With all that an object would have, for those who look at it."""
    every = [one.attname for one in bound.queryset.model._meta.concrete_fields]
    wanted = dict.fromkeys([*every, *bound.queryset.query.annotation_select, "pk"])
    extra = tuple(name for name in wanted if name not in bound.columns)
    return Bound(bound.plan, bound.queryset, bound.children, (*bound.extra, *extra))
