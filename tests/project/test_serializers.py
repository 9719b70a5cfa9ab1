from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.readers.project import read_project
from tenfold.project.serializers import Serializers
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """
from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=9)


class Author(models.Model):
    home = models.ForeignKey(Tag, on_delete=models.CASCADE)


class Post(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    tags = models.ManyToManyField(Tag)


class Cover(models.Model):
    post = models.OneToOneField(Post, on_delete=models.CASCADE)
"""
HEAD = "from rest_framework import serializers as s\nfrom shop.models import *\n\n\n"


def meta(model: str, names: object) -> str:
    return f"    class Meta:\n        model = {model}\n        fields = {names}\n\n\n"


def serializers(root: Path, text: str) -> Serializers:
    write_project(root, {"shop/models.py": MODELS, "shop/serializers.py": HEAD + text})
    project = read_project(root)
    return Serializers(project.source, project.querysets)


def needs(root: Path, fields: str, names: object, before: str = "") -> dict[str, bool]:
    read = serializers(root, before + made("P", fields, meta("Post", names)))
    assert read.model("shop.serializers.P") == "shop.post"
    return {need.path: need.many for need in read.needs("shop.serializers.P", "shop.post")}


def made(name: str, fields: str, rest: str) -> str:
    return f"class {name}(s.ModelSerializer):\n    {fields}\n{rest}"


def test_a_source_reads_the_relations_on_its_way(tmp_path: Path) -> None:
    found = needs(tmp_path, 'home = s.CharField(source="author.home.name")', ["home"])
    assert found == {"author__home": False}


def test_a_nested_serializer_reads_what_it_shows(tmp_path: Path) -> None:
    before = made("A", "home = s.StringRelatedField()", meta("Author", ["home"]))
    assert needs(tmp_path, "author = A()", ["author"], before) == {"author": False, "author__home": False}


def test_a_cover_that_shows_its_post_again_needs_nothing_more(tmp_path: Path) -> None:
    before = made("C", "title = s.CharField(source='post.title')", meta("Cover", ["title"]))
    assert needs(tmp_path, "cover = C()", ["cover"], before) == {"cover": False}


def test_keys_of_single_objects_are_columns_and_those_of_many_are_not(tmp_path: Path) -> None:
    found = needs(tmp_path, "author = s.PrimaryKeyRelatedField(read_only=True)", ["author", "tags"])
    assert found == {"tags": True}


def test_fields_that_are_not_shown_read_nothing(tmp_path: Path) -> None:
    fields = 'home = s.CharField(source="author.home.name")\n    x = s.CharField(source="author.x", write_only=True)'
    assert needs(tmp_path, fields, ["x"]) == {}


def test_a_method_reads_the_objects_that_it_names(tmp_path: Path) -> None:
    method = "    def get_x(self, post):\n        return post.author.x, post.tags.count()"
    assert needs(tmp_path, f"x = s.SerializerMethodField()\n{method}", ["x"]) == {"author": False}


def test_fields_that_are_settled_while_it_runs_are_known_as_such(tmp_path: Path) -> None:
    read = serializers(tmp_path, made("P", "def get_fields(self):", "        return {}\n"))
    assert read.is_dynamic("shop.serializers.P")
