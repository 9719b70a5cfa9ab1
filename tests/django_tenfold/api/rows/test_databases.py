"""Related objects are joined only where Django would look for them too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from django.test import override_settings
from rest_framework import serializers

from django_tenfold.api.compiling.shape import RefusedError
from django_tenfold.api.rows.databases import refuse_elsewhere
from tests.django_site.databases import databases
from tests.django_site.reads.models import Author, Book, Country
from tests.django_tenfold.api.drf_oracle import compare_views, make_serializer

if TYPE_CHECKING:
    from pathlib import Path


class People:
    """Authors are kept apart."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "people" if model is Author else None


class MigratedPeople(People):
    def allow_migrate(self, db: str, app_label: str, model_name: str = "", **hints: Any) -> bool:
        return (db == "people") is (model_name == "author")


class Replicas:
    """Another copy each time."""

    def __init__(self) -> None:
        self.asked = 0

    def db_for_read(self, model: Any, **hints: Any) -> str:
        self.asked += 1
        return f"replica{self.asked % 2}"

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return not db.startswith("replica")


def describe(name: str, **more: Any) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, **more}


def test_related_objects_in_another_database_are_not_joined() -> None:
    copies = {f"replica{number}": describe("one", TEST={"MIRROR": "default"}) for number in range(2)}
    with databases({"default": describe("one"), "people": describe("two"), **copies}):
        refuse_elsewhere(Book, [Author], "default")
        with override_settings(DATABASE_ROUTERS=[Replicas()]):
            for _ in range(3):
                refuse_elsewhere(Book, [Author, Country], "replica0")
        for router in (People(), MigratedPeople()):
            with override_settings(DATABASE_ROUTERS=[router]):
                refuse_elsewhere(Book, [Country], "default")
                with pytest.raises(RefusedError, match="Author is read from the database 'people'"):
                    refuse_elsewhere(Book, [Country, Author], "default")


def test_two_servers_with_databases_of_one_name_are_two() -> None:
    with (
        databases({"default": describe("one", HOST="a"), "people": describe("one", HOST="b")}),
        override_settings(DATABASE_ROUTERS=[MigratedPeople()]),
        pytest.raises(RefusedError),
    ):
        refuse_elsewhere(Book, [Author], "default")


def test_a_view_shows_related_objects_from_where_the_router_sends_it(
    sqlite_database: None, tmp_path: Path
) -> None:
    for name in ("old", "older"):
        Author.objects.create(name=name)
    Book.objects.create(title="B", author=Author.objects.first())
    by_name = make_serializer(
        Book, ("title", "by"), by=serializers.CharField(source="author.name", read_only=True)
    )
    books = make_serializer(Book, ("title",))(many=True, read_only=True)
    default = dict(connections.settings["default"])
    with (
        databases({"default": default, "people": describe(str(tmp_path / "people"))}),
        override_settings(DATABASE_ROUTERS=[People()]),
    ):
        with connections["people"].schema_editor() as editor:
            for model in (Country, Author):
                editor.create_model(model)
        Author.objects.using("people").create(id=Author.objects.using("default").first().id, name="new")
        assert compare_views(by_name) == (200, [{"title": "B", "by": "new"}])
        told = compare_views(make_serializer(Author, ("name", "books"), books=books))
        assert told == "OperationalError"  # a related object follows its row, and there is no such table
