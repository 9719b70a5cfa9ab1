"""Pages by key: the page after a row costs what the first page costs, however far it is.

OFFSET reads every row that it skips. A keyset page asks for the rows after the last one shown, and an index knows
where that is:

    paginator = KeysetPaginator(Review.objects.filter(product=7), order_by=("-created",), per_page=20)
    page = paginator.page(request.GET.get("cursor"))
    page.rows, page.next, page.previous

`next` and `previous` are signed cursors or None. There are no page numbers; what is inserted or deleted meanwhile
neither repeats nor hides a row. The ranges of a page are up to one query each, in one statement mostly
(ranges.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import Model, Q

from django_tenfold.api.keyset.cursor import Cursor, hash_shape, read_cursor, write_cursor
from django_tenfold.api.keyset.order import find_order, key_aliases, read_values
from django_tenfold.api.keyset.ranges import find_ranges, seeks_row_values
from django_tenfold.api.row_sets import has_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """The rows of a page and the cursors of its neighbours."""

    rows: list[Any]
    next: str | None
    previous: str | None
    paginator: KeysetPaginator = field(repr=False, compare=False)

    @property
    def last(self) -> str:
        """The cursor of the last page; the first page has none."""
        return self.paginator.last

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    @property
    def object_list(self) -> list[Any]:
        return self.rows

    def has_next(self) -> bool:
        return self.next is not None

    def has_previous(self) -> bool:
        return self.previous is not None

    def has_other_pages(self) -> bool:
        return self.has_next() or self.has_previous()


class KeysetPaginator:
    """Pages of a queryset by the keys of its order.

    `order_by` takes names and expressions as `QuerySet.order_by` does, without it the queryset's own order counts;
    `max_age` is how many seconds a cursor is good for, None for ever. Raises TypeError for what has no keys: slices,
    union(), distinct(...) on fields, window functions, a random order.
    """

    def __init__(
        self,
        queryset: QuerySet[Any],
        *,
        order_by: Iterable[Any] | str | None = None,
        per_page: int = 20,
        max_age: float | None = None,
    ) -> None:
        query = queryset.query
        if query.is_sliced or query.combinator or query.distinct_fields:
            raise TypeError(
                "Slices, union() and distinct(...) on fields cannot be paged by keys: filter instead."
            )
        if has_windows(query):
            raise TypeError(
                "Window functions cannot be paged by keys: those of a page would be computed of its rows alone."
            )
        if per_page < 1:
            raise ValueError(f"per_page must be at least 1, not {per_page}")
        self.queryset = queryset
        self.per_page = per_page
        self.max_age = max_age
        self.keys = find_order(queryset, order_by)
        self._shape = hash_shape(self.keys, queryset)
        self._names = _find_names(queryset)
        self._refuse_missing_keys()

    @property
    def last(self) -> str:
        """The cursor of the last page."""
        return write_cursor(Cursor(None, backward=True), self._shape)

    def page(self, cursor: str | None = None) -> KeysetPage:
        """The page at a cursor, the first without one. Raises BadCursor for a cursor that is not one of this list."""
        at = self._read(cursor)
        rows: list[Any] = []
        for wanted in self._queries(at):
            rows += wanted[: self.per_page + 1 - len(rows)]
            if len(rows) > self.per_page:
                break
        if _fell_short(at, rows, self.per_page):
            return self.page()
        return self._make_page(at, rows)

    async def apage(self, cursor: str | None = None) -> KeysetPage:
        """See page()."""
        at = self._read(cursor)
        rows: list[Any] = []
        for wanted in self._queries(at):
            rows += [row async for row in wanted[: self.per_page + 1 - len(rows)]]
            if len(rows) > self.per_page:
                break
        if _fell_short(at, rows, self.per_page):
            return await self.apage()
        if rows and not self._holds_keys(rows[0]):
            return await sync_to_async(self._make_page)(at, rows)
        return self._make_page(at, rows)

    def first_query(self, cursor: str | None = None) -> QuerySet[Any]:
        """The query that page() would run first, with its limit: to explain it."""
        return next(iter(self._queries(self._read(cursor))))[: self.per_page + 1]

    def _read(self, cursor: str | None) -> Cursor:
        if not cursor:
            return Cursor(None)
        return read_cursor(cursor, self._shape, keys=len(self.keys), max_age=self.max_age)

    def _queries(self, at: Cursor) -> Iterator[QuerySet[Any]]:
        """Those whose rows, one after the other, are the rows from the cursor on, in its direction."""
        keys = [key.reverse() for key in self.keys] if at.backward else [*self.keys]
        ordered = self.queryset.order_by(*(key.order_by() for key in keys))
        if not self._names:
            hidden = {
                alias: key.expression
                for key, alias in zip(keys, key_aliases(keys), strict=True)
                if not key.attribute
            }
            ordered = ordered.annotate(**hidden) if hidden else ordered
        if at.values is None:
            yield ordered
            return
        row_values = seeks_row_values(connections[self.queryset.db])
        for conditions in find_ranges(keys, at.values, row_values=row_values):
            yield ordered.filter(*(Q(condition) for condition in conditions))

    def _make_page(self, at: Cursor, rows: list[Any]) -> KeysetPage:
        more = len(rows) > self.per_page
        rows = rows[: self.per_page]
        came_from_somewhere = at.values is not None
        if at.backward:
            rows.reverse()
            has_next, has_previous = came_from_somewhere, more
        else:
            has_next, has_previous = more, came_from_somewhere
        if not rows:  # all after the cursor were deleted: the way back is from the end
            return KeysetPage([], None, self.last if has_previous else None, self)
        return KeysetPage(
            rows,
            self._cursor_of(rows[-1], backward=False) if has_next else None,
            self._cursor_of(rows[0], backward=True) if has_previous else None,
            self,
        )

    def _cursor_of(self, row: Any, *, backward: bool) -> str:
        held = self._holds_keys(row)
        values = read_values(self.keys, row, self._names) if held else self._ask_values(row)
        return write_cursor(Cursor(values, backward), self._shape)

    def _holds_keys(self, row: Any) -> bool:
        """Rows of the queryset's own kind hold the columns of the model and no more: others have to be asked for."""
        return bool(self._names) or isinstance(row, Model) or all(key.attribute for key in self.keys)

    def _ask_values(self, row: Any) -> tuple[Any, ...]:
        key = {field.attname: getattr(row, field.attname) for field in self.queryset.model._meta.pk_fields}
        return self.queryset.filter(**key).values_list(*(one.expression for one in self.keys)).get()

    def _refuse_missing_keys(self) -> None:
        missing = [key.name for key in self.keys if key.name not in self._names] if self._names else []
        if missing:
            raise TypeError(
                f"values() and values_list() must select the keys of the order too: {', '.join(missing)}."
            )


def _fell_short(at: Cursor, rows: list[Any], per_page: int) -> bool:
    """Going back reached the start before a page was full: the first page is shown, which is full."""
    return at.backward and at.values is not None and len(rows) < per_page


def _find_names(queryset: QuerySet[Any]) -> list[str]:
    """The names of what values() and values_list() select; nothing where rows are instances."""
    query = queryset.query
    if queryset._fields is None:
        return []
    selected = query.selected or [*query.values_select, *query.annotation_select]
    return [*selected]
