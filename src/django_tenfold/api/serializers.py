"""Read serializers: declared once, compiled once, read without instances.

    class ReviewRead(ReadSerializer):
        class Meta:
            model = Review
            fields = ("id", "rating", "created")

        user = Nested(UserRead)
        product_title = Column("product.title")

    ReviewRead.respond(Review.objects.order_by("-id")[:20], request=request)

Every class method has one statement for the rows and one more for each nested list, however many rows there are.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from asgiref.sync import sync_to_async
from django.http import HttpResponse

from django_tenfold.api.compiling.paths import find_column, find_to_many, find_to_one
from django_tenfold.api.compiling.shape import Call, Context, Many, One, RefusedError, Shape, Value
from django_tenfold.api.compiling.values import write_column
from django_tenfold.api.rows.bind import Plan, bind
from django_tenfold.api.rows.prepared import PreparedRead
from django_tenfold.api.rows.query import read
from django_tenfold.api.rows.render import render_bound
from django_tenfold.api.rows.sql import compile_sql
from django_tenfold.api.serializer_fields import Column, Computed, Declared, Nested, NestedList

if TYPE_CHECKING:
    from django_tenfold.api.compiling.shape import Entry
    from django_tenfold.api.serializer_fields import Expression


class ReadSerializer:
    """Subclasses declare fields and `class Meta: model, fields`; TypeError when a declaration cannot be."""

    _declared: ClassVar[dict[str, Declared]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name: one for name, one in vars(cls).items() if isinstance(one, Declared)}
        cls._declared = {**cls._declared, **own}

    @classmethod
    def _find_plan(cls) -> Plan:
        serializer: Any = cls
        return find_plan(serializer)

    @classmethod
    def rows(cls, queryset: Any, *, request: Any = None) -> list[dict[str, Any]]:
        """A dictionary for each row, of what JSON knows."""
        return read(bind(cls._find_plan(), queryset), Context(request))

    @classmethod
    def render(cls, queryset: Any, *, request: Any = None, how: str = "") -> bytes:
        """A JSON list. `how` is "rows" or "sql", else what TENFOLD_API["render"] says.

        With "sql" it is rows all the same where PostgreSQL cannot: another database, a Computed field, a file's
        address, a current time zone other than UTC.
        """
        return render_bound(bind(cls._find_plan(), queryset), Context(request), how=how)

    @classmethod
    def prepare(cls, queryset: Any) -> PreparedRead:
        """For a list that asks the same question each time: its SQL is written once."""
        return PreparedRead(bind(cls._find_plan(), queryset))

    @classmethod
    def explain_sql(cls, queryset: Any) -> str:
        """Why `how="sql"` would be rows all the same; "" when it would not."""
        try:
            compile_sql(bind(cls._find_plan(), queryset), Context())
        except RefusedError as reason:
            return str(reason)
        return ""

    @classmethod
    def respond(cls, queryset: Any, *, request: Any = None, how: str = "") -> HttpResponse:
        return HttpResponse(cls.render(queryset, request=request, how=how), content_type="application/json")

    @classmethod
    async def arows(cls, queryset: Any, *, request: Any = None) -> list[dict[str, Any]]:
        """See rows(); in Django's thread for the database, whose drivers wait."""
        return await sync_to_async(cls.rows)(queryset, request=request)

    @classmethod
    async def arender(cls, queryset: Any, *, request: Any = None, how: str = "") -> bytes:
        """See render()."""
        return await sync_to_async(cls.render)(queryset, request=request, how=how)

    @classmethod
    async def arespond(cls, queryset: Any, *, request: Any = None, how: str = "") -> HttpResponse:
        return await sync_to_async(cls.respond)(queryset, request=request, how=how)


@cache
def find_plan(serializer: Any) -> Plan:
    """Compiled at the first read."""
    return Plan(compile_serializer(serializer))


def compile_serializer(serializer: type[ReadSerializer]) -> Shape:
    """TypeError names the field that cannot be."""
    model = serializer.Meta.model  # type: ignore[attr-defined]
    expressions: dict[str, Any] = {}
    entries = _compile_entries(serializer, prefix="", expressions=expressions)
    return Shape(model, entries, expressions)


def _compile_entries(
    serializer: type[ReadSerializer], *, prefix: str, expressions: dict[str, Any]
) -> tuple[Entry, ...]:
    meta = serializer.Meta  # type: ignore[attr-defined]
    names = dict.fromkeys((*getattr(meta, "fields", ()), *serializer._declared))
    compiler = _Compiler(meta.model, prefix, expressions)
    made = []
    for name in names:
        try:
            made.append(compiler.compile(name, serializer._declared.get(name, Column())))
        except RefusedError as reason:
            raise TypeError(f"{serializer.__name__}.{name}: {reason}") from reason
    return tuple(made)


class _Compiler:
    """Declarations of one model, below `prefix` ("user__") in the row."""

    def __init__(self, model: Any, prefix: str, expressions: dict[str, Any]) -> None:
        self._model, self._prefix, self._expressions = model, prefix, expressions

    def compile(self, name: str, declared: Declared) -> Entry:
        if isinstance(declared, Column):
            path, field = self._follow(declared.source or name)
            written = write_column(field)
            return Value(name, path, written.make, written.sql, utc_only=written.utc_only)
        if isinstance(declared, Nested):
            return self._nest(name, declared)
        if isinstance(declared, NestedList):
            return self._list(name, declared)
        if isinstance(declared, Computed):
            paths = tuple(self._follow(source)[0] for source in declared.reads)
            return Call(name, paths, lambda _: declared.function)
        return self._express(name, declared)

    def _follow(self, source: str) -> tuple[str, Any]:
        """The look-up of a column and its field."""
        *steps, last = source.replace("__", ".").split(".")
        model, path = self._model, self._prefix
        for step in steps:
            found = find_to_one(model, step)
            model, path = found.model, f"{path}{found.name}__"
        field = find_column(model, last)
        return path + (field.attname if field.remote_field else field.name), field

    def _nest(self, name: str, declared: Nested) -> One:
        found = find_to_one(self._model, declared.source or name)
        guard = self._prefix + found.guard if found.nullable or self._prefix else ""
        below = f"{self._prefix}{found.name}__"
        entries = _compile_entries(declared.serializer, prefix=below, expressions=self._expressions)
        return One(name, guard, entries)

    def _list(self, name: str, declared: NestedList) -> Many:
        source = declared.source or name
        found = find_to_many(self._model, source)
        if isinstance(declared.serializer, str):
            inner = _Compiler(found.model, "", {}).compile("value", Column(declared.serializer))
            shape = Shape(found.model, (inner,), flat=True)
        else:
            shape = compile_serializer(declared.serializer)
        return Many(
            name,
            self._prefix + found.key,
            found.back,
            steps=self._prefix + source,
            shape=shape,
            flat=shape.flat,
            filtered=declared.narrow,
        )

    def _express(self, name: str, declared: Expression) -> Value:
        if self._prefix:
            raise RefusedError(
                "an Expression of a nested object would be of the wrong model: declare it at the top"
            )
        alias = f"tenfold_{name}"
        self._expressions[alias] = declared.expression
        field = getattr(declared.expression, "_output_field_or_none", None)
        if field is None:
            raise RefusedError("the Expression needs an output_field")
        written = write_column(field)
        return Value(name, alias, written.make, written.sql, utc_only=written.utc_only)
