"""Children find their parents, or it is said that they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection, models

from django_tenfold.api.compiling.shape import RefusedError
from django_tenfold.api.rows.query import _split
from django_tenfold.api.serializer_fields import NestedList
from django_tenfold.api.serializers import ReadSerializer
from tests.django_tenfold.api.drf_oracle import compare_views, make_serializer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stem(models.Model):
    """Its key is the same in small letters and in great ones."""

    word = models.CharField(max_length=9, primary_key=True, db_collation="nocase")

    class Meta:
        app_label = "edges"
        managed = False
        ordering = ("word",)


class Form(models.Model):
    stem = models.ForeignKey(Stem, models.CASCADE, related_name="forms")
    name = models.CharField(max_length=9)

    class Meta:
        app_label = "edges"
        managed = False
        ordering = ("id",)


@pytest.fixture
def stems(sqlite_database: None) -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(Stem)
        editor.create_model(Form)
    Stem.objects.create(word="go")
    Form.objects.create(stem_id="go", name="went")
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Form)
        editor.delete_model(Stem)


def test_children_with_a_key_in_other_letters_are_not_lost(stems: None) -> None:
    class StemRead(ReadSerializer):
        class Meta:
            model = Stem
            fields = ("word",)

        forms = NestedList("name")

    serializer = make_serializer(Stem, ("word", "forms"), forms=make_serializer(Form, ("name",))(many=True))
    assert StemRead.rows(Stem.objects.all()) == [{"word": "go", "forms": ["went"]}]
    Form.objects.create(stem_id="GO", name="gone")
    told = {"word": "go", "forms": [{"name": "went"}, {"name": "gone"}]}
    assert compare_views(serializer) == (200, [told])
    with pytest.raises(RefusedError, match="keys of forms alike that differ"):
        StemRead.rows(Stem.objects.all())


def test_no_statement_has_more_keys_than_any_database_takes() -> None:
    for most in (None, 250_000, 65_535):
        parts = [*_split([*range(150_000)], most)]
        assert [len(part) for part in parts] == [65_435, 65_435, 19_130]
    assert [len(part) for part in _split([*range(1_000)], 999)] == [899, 101]
    assert [*_split([], 999)] == []
