"""What of django-ninja is not compiled: the answer is django-ninja's own, and the reason is told once."""

from __future__ import annotations

import json
from datetime import date  # noqa: TC003  (pydantic reads it)
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pytest
from asgiref.sync import async_to_sync
from django.db.models import Manager, Value
from django.http import HttpResponse  # noqa: TC002  (django-ninja reads it)
from ninja import Field, NinjaAPI, Router, Schema
from ninja.decorators import decorate_view
from ninja.pagination import LimitOffsetPagination, PageNumberPagination, paginate
from ninja.renderers import JSONRenderer
from ninja.responses import Status
from ninja.testing import TestAsyncClient, TestClient
from pydantic import (
    AfterValidator,
    AliasChoices,
    ConfigDict,
    computed_field,
    field_serializer,
    field_validator,
)

from django_tenfold.api.ninja import lists as ninja_lists
from django_tenfold.api.ninja.compile import explain
from django_tenfold.api.ninja.lists import compiled_list
from django_tenfold.api.serializers import ReadSerializer
from tests.django_site.reads.models import Author, Book, Country, Tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

pytestmark = pytest.mark.usefixtures("sqlite_database")


class NameOut(Schema):
    name: str


class Resolving(NameOut):
    @staticmethod
    def resolve_name(author: Any) -> str:
        return author.name.upper()  # type: ignore[no-any-return]


class Validating(NameOut):
    @field_validator("name")
    @classmethod
    def shout(cls, name: str) -> str:
        return name + "!"


class Serializing(NameOut):
    @field_serializer("name")
    def shout(self, name: str) -> str:
        return name + "!"


class Computing(NameOut):
    @computed_field
    def twice(self) -> str:
        return self.name * 2


class Starting(NameOut):
    def __init__(self, **named: Any) -> None:
        super().__init__(**named)


class Stripping(NameOut):
    model_config = ConfigDict(str_strip_whitespace=True)


class Conditional(Schema):
    name: Annotated[str, AfterValidator(str.upper)]


class Short(Schema):
    name: str = Field(max_length=3)


class Choosing(Schema):
    name: str = Field(validation_alias=AliasChoices("name", "title"))


class Several(Schema):
    name: str | int


class Wrong(Schema):
    name: int


class Property(Schema):
    loud_name: str


class Defaulted(Schema):
    land: str = Field("none", alias="country.name")


class Needed(Schema):
    country: NameOut


class Dated(Schema):
    changed: date | None


class Bare(Schema):
    tags: list[str]


class NestedResolving(Schema):
    author: Resolving


REFUSED: list[tuple[Any, Any, str]] = [
    (Resolving, Author, "has resolvers, which may read anything: name"),
    (Validating, Author, "has validators, serializers or computed fields"),
    (Serializing, Author, "has validators, serializers or computed fields"),
    (Computing, Author, "has validators, serializers or computed fields"),
    (Starting, Author, "Starting.__init__ is its own"),
    (Stripping, Author, "configures str_strip_whitespace"),
    (Conditional, Author, "has conditions or validators"),
    (Short, Author, "its text may be longer than its schema allows"),
    (Choosing, Author, "its alias is a choice or a path of pydantic"),
    (Several, Author, "it may be of several types"),
    (Wrong, Author, "int of a CharField may be another value"),
    (Property, Author, "Author.loud_name is no plain column"),
    (Defaulted, Author, "its default is not None"),
    (Needed, Author, "it may be missing, and its schema does not say so"),
    (Dated, Book, "date of a DateTimeField may be another value"),
    (Bare, Book, "its items are no schemas"),
    (NestedResolving, Book, "has resolvers"),
]


@pytest.mark.parametrize(("schema", "model", "reason"), REFUSED, ids=lambda one: getattr(one, "__name__", ""))
def test_a_schema_that_does_something_of_its_own_says_so(schema: Any, model: Any, reason: str) -> None:
    (told,) = explain(schema, model)
    assert reason in told


def test_flags_that_look_at_values_are_refused() -> None:
    assert explain(NameOut, Author) == ()
    assert "exclude_defaults" in explain(NameOut, Author, exclude_defaults=True)[0]


class OwnPagination(LimitOffsetPagination):
    def paginate_queryset(self, queryset: Any, pagination: Any, request: HttpRequest, **named: Any) -> Any:
        made = super().paginate_queryset(queryset, pagination, request, **named)
        return {**made, "items": [*reversed([*made["items"]])]}


class OwnRenderer(JSONRenderer):
    json_dumps_params: ClassVar[dict[str, Any]] = {"indent": 1}


def list_all(request: HttpRequest) -> Any:
    return Author.objects.order_by("pk")


async def list_all_async(request: HttpRequest) -> Any:
    return Author.objects.order_by("pk")


def give_list(request: HttpRequest) -> Any:
    return [*Author.objects.order_by("pk")]


def give_status(request: HttpRequest) -> Any:
    return Status(200, Author.objects.order_by("pk"))


def give_values(request: HttpRequest) -> Any:
    return Author.objects.order_by("pk").values("name")


def outside(view: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(request: HttpRequest) -> Any:
        return view(request)

    wrapped.__dict__.update(view.__dict__)
    return wrapped


VIEWS: list[tuple[Any, dict[str, Any], str]] = [
    (compiled_list(give_list), {}, "the view gives no queryset"),
    (compiled_list(give_status), {}, "the view gives no queryset"),
    (compiled_list(paginate(OwnPagination)(give_list)), {}, "the view gives no queryset"),
    (compiled_list(paginate(LimitOffsetPagination)(give_status)), {}, "the view gives no queryset"),
    (compiled_list(give_values), {}, "the queryset gives no plain instances"),
    (compiled_list(paginate(OwnPagination)(list_all)), {}, "it may look at the objects"),
    (paginate(LimitOffsetPagination)(compiled_list(list_all)), {}, "another decorator stands above"),
    (outside(compiled_list(list_all)), {}, "another decorator stands above"),
    (compiled_list(list_all), {"response": {200: list[NameOut], 400: NameOut}}, "several answers"),
    (compiled_list(list_all), {"response": list[Resolving]}, "resolvers"),
    (compiled_list(list_all), {"response": list[Property]}, "no plain column"),
    (compiled_list(list_all_async), {}, ""),
    (compiled_list(list_all_async), {"response": list[Resolving]}, "resolvers"),
    (
        compiled_list(paginate(PageNumberPagination)(list_all_async)),
        {"response": list[Resolving]},
        "resolvers",
    ),
]


async def wait(answer: Any) -> Any:
    return await answer


def count_told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == "django_tenfold.api"]


@pytest.mark.parametrize("number", range(len(VIEWS)))
def test_what_is_not_compiled_is_answered_as_before_and_told_once(
    number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ninja_lists, "_told", set())
    Author.objects.bulk_create(Author(name=name) for name in ("Ann", "Bob"))
    view, named, reason = VIEWS[number]
    router = Router()
    router.get("/list", **{"response": list[NameOut], **named})(view)
    is_async = "async" in view.__name__
    client: Any = (TestAsyncClient if is_async else TestClient)(router)
    for _ in range(2):
        answer = client.get("/list")
        told = (async_to_sync(wait)(answer) if is_async else answer).json()
    items = told["items"] if isinstance(told, dict) else told
    assert sorted(next(iter(one.values())).lower() for one in items) == ["ann", "bob"]
    messages = count_told(caplog)
    assert len(messages) == (1 if reason else 0)
    assert reason in "".join(messages)


def ask(view: Any, api: NinjaAPI | None = None, **named: Any) -> Any:
    router = Router()
    router.get("/list", **{"response": list[NameOut], **named})(view)
    if api is None:
        return TestClient(router).get("/list")
    api.add_router("", router)
    return TestClient(api).get("/list")


def test_a_renderer_of_the_projects_own_renders(caplog: pytest.LogCaptureFixture) -> None:
    Author.objects.create(name="Ann")
    api = NinjaAPI(renderer=OwnRenderer(), urls_namespace="renderer")
    assert b"\n" in ask(compiled_list(list_all), api).content
    assert "OwnRenderer renders in its own way" in caplog.text


def test_headers_cookies_and_decorators_of_the_view_reach_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Author.objects.create(name="Ann")

    @compiled_list
    @decorate_view(lambda run: lambda *args, **named: mark(run(*args, **named)))
    def list_marked(request: HttpRequest, response: HttpResponse) -> Any:
        response.headers["X-Mark"] = "set"
        response.set_cookie("seen", "1")
        return Author.objects

    def mark(response: Any) -> Any:
        response.headers["X-Decorated"] = "too"
        return response

    answer = ask(list_marked, response={203: list[NameOut]})
    assert (answer.status_code, answer.json()) == (203, [{"name": "Ann"}])
    assert (answer.headers["X-Mark"], answer.headers["X-Decorated"]) == ("set", "too")
    assert "seen" in answer.cookies
    assert not count_told(caplog)


class Coded(Schema):
    name: str
    code: int


def test_an_annotation_is_checked_value_by_value(caplog: pytest.LogCaptureFixture) -> None:
    Author.objects.create(name="Ann")

    def answer(value: Any) -> Any:
        def list_annotated(request: HttpRequest) -> Any:
            return Author.objects.annotate(code=Value(value))

        return ask(compiled_list(list_annotated), response=list[Coded]).json()

    assert answer(7) == [{"name": "Ann", "code": 7}]
    assert not count_told(caplog)
    assert answer("8") == [{"name": "Ann", "code": 8}]  # pydantic makes a number of it
    assert len(count_told(caplog)) == 1

    def list_plain(request: HttpRequest) -> Any:
        return Author.objects.all()

    with pytest.raises(Exception, match="code"):
        ask(compiled_list(list_plain), response=list[Coded])
    assert "neither a field nor an annotation of the queryset: code" in caplog.text


class CountryRead(ReadSerializer):
    class Meta:
        model = Country
        fields = ("code", "name")


def test_a_read_serializer_answers_inside_an_operation_sync_and_async() -> None:
    Country.objects.create(code="fr", name="France")

    def list_countries(request: HttpRequest) -> Any:
        return CountryRead.respond(Country.objects.all(), request=request)

    assert ask(list_countries, response=list[NameOut]).json() == [{"code": "fr", "name": "France"}]


def test_a_manager_and_an_empty_list_are_answered() -> None:
    def list_tags(request: HttpRequest) -> Any:
        return Tag.objects

    assert isinstance(Tag.objects, Manager)
    assert json.loads(ask(compiled_list(list_tags)).content) == []
    assert ask(compiled_list(paginate(LimitOffsetPagination)(list_tags))).json() == {"items": [], "count": 0}
