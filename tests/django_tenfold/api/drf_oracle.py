"""Makes libraries of books by hypothesis, and asks two views the same question."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIRequestFactory

from django_tenfold.api.drf.views import CompiledListMixin
from tests.django_site.reads.models import Author, Book, Country, Profile, Review, Tag

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
some = st.integers(0, 2)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(-1e300, 1e300) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
columns = st.fixed_dictionaries(
    {
        "title": texts,
        "kind": st.sampled_from(["p", "e", "?"]),
        "price": st.decimals(Decimal(-10) ** 9, Decimal(10) ** 9, places=2, allow_nan=False),
        "weight": st.none() | st.floats(-1e12, 1e12),
        "pages": st.none() | st.integers(-(2**31), 2**31 - 1),
        "sold": st.integers(-(2**63), 2**63 - 1),
        "in_print": st.none() | st.booleans(),
        "published": st.none() | st.dates(),
        "opens": st.none() | st.times(),
        "changed": st.none() | st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),
        "lent_for": st.none() | st.timedeltas(timedelta(days=-9999), timedelta(days=9999)),
        "key": st.uuids(),
        "cover": st.sampled_from(["", "covers/a b.png", "covers/\u00fc.png"]),
        "facts": st.none() | values,
        "seal": st.none() | st.binary(max_size=5),
        "address": st.none() | st.ip_addresses().map(str),
    }
)
library = st.fixed_dictionaries(
    {
        "countries": st.lists(texts, min_size=3, max_size=3),
        "authors": st.lists(st.tuples(texts, st.none() | some, st.none() | texts), min_size=3, max_size=3),
        "books": st.lists(
            st.tuples(
                columns, some, st.none() | some, st.none() | some, st.sets(some), st.lists(some, max_size=3)
            ),
            max_size=4,
        ),
    }
)


def fill(made: dict[str, Any]) -> None:
    with transaction.atomic():
        for model in (Review, Book, Profile, Author, Country, Tag):
            model.objects.all().delete()
        countries = [
            Country.objects.create(code=f"c{n}", name=name) for n, name in enumerate(made["countries"])
        ]
        tags = [Tag.objects.create(name=name) for name in "bac"]
        authors = []
        for name, country, motto in made["authors"]:
            authors.append(Author.objects.create(name=name, country=pick(countries, country)))
            if motto is not None:
                Profile.objects.create(author=authors[-1], motto=motto or None)
        for own, author, editor, origin, tagged, reviewers in made["books"]:
            book = Book.objects.create(
                **own, author=authors[author], editor=pick(authors, editor), origin=pick(countries, origin)
            )
            book.tags.set([tags[number] for number in tagged])
            for number in reviewers:
                Review.objects.create(
                    book=book, author=authors[number], stars=(1, 3, 5)[number], text="x" * number
                )


def pick(found: list[Any], number: int | None) -> Any:
    return None if number is None else found[number]


def make_serializer(model: Any, names: Any = "__all__", **body: Any) -> Any:
    """A ModelSerializer; `names` are its fields, or all of its Meta."""
    kind = {"fields": names} if isinstance(names, list | tuple | str) else names
    meta = type("Meta", (), {"model": model, **kind})
    own = {"Meta": meta, "__module__": __name__, **body}
    return type(f"{model.__name__}Serializer", (serializers.ModelSerializer,), own)


def attempt(view: Any, address: str = "/books/") -> Any:
    """Status and JSON of the answer, or the kind of error that the view raises."""
    try:
        response = view.as_view()(APIRequestFactory().get(address))
        response.render()
    except Exception as problem:  # its kind is the answer
        return type(problem).__name__
    return response.status_code, json.loads(response.content)


def compare_views(serializer: Any, queryset: Any = None, **body: Any) -> Any:
    """What a view answers as it was; AssertionError when it answers something else with the mixin."""
    queryset = serializer.Meta.model._default_manager.all() if queryset is None else queryset
    own = {"queryset": queryset, "serializer_class": serializer, "renderer_classes": [JSONRenderer], **body}
    plain = type("Plain", (ListAPIView,), own)
    told = attempt(plain)
    assert attempt(type("Quick", (CompiledListMixin, plain), {})) == told
    return told


def ask(view: Any, address: str = "/books/", **initial: Any) -> Any:
    """The JSON that the view answers with."""
    response = view.as_view(**initial)(APIRequestFactory().get(address))
    response.render()
    assert response.status_code == 200, response.content
    return json.loads(response.content)
