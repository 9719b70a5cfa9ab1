from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.list_routes import rest_lists, unfollowed_lists, without_list_route
from tenfold.project.readers.project import read_project
from tenfold.project.serializers import Serializers
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "shop/models.py": """
from django.db import models


class Post(models.Model):
    title = models.CharField(max_length=9)
""",
    "shop/serializers.py": """
from rest_framework import serializers
from shop.models import Post


class PostSerializer(serializers.ModelSerializer):
    class Meta:
        model = Post
        fields = ["title"]
""",
}
VIEWS = """
from rest_framework.viewsets import ModelViewSet
from shop.models import Post
from shop.serializers import PostSerializer


class Posts({bases}ModelViewSet):
    queryset = Post.objects.all()
    serializer_class = PostSerializer
{rest}
"""
URLS = """
from django.urls import path
from shop.views import Posts

urlpatterns = [path("posts/", Posts.as_view({{"get": "{action}"}}))]
"""


def lists(root: Path, *, action: str = "list", bases: str = "", rest: str = "") -> list[str]:
    views, urls = VIEWS.format(bases=bases, rest=rest), URLS.format(action=action)
    write_project(root, {**FILES, "shop/views.py": views, "config/urls.py": urls})
    project = read_project(root)
    found = rest_lists(project, Serializers(project.source, project.querysets))
    return [view.serializer for view in found]


def test_a_view_set_that_is_routed_to_its_list_is_one(tmp_path: Path) -> None:
    assert lists(tmp_path) == ["shop.serializers.PostSerializer"]


def test_a_view_set_that_is_routed_to_one_object_alone_is_none(tmp_path: Path) -> None:
    assert lists(tmp_path, action="retrieve") == []
    assert without_list_route(read_project(tmp_path)) == {"shop.views.Posts"}


@pytest.mark.parametrize("method", ["list(self, request)", "get_serializer_class(self)"])
def test_a_view_that_decides_by_itself_is_none(method: str, tmp_path: Path) -> None:
    assert lists(tmp_path, rest=f"\n    def {method}:\n        return None\n") == []


def test_a_list_whose_serializer_only_running_tells_is_unfollowed(tmp_path: Path) -> None:
    lists(tmp_path, rest="\n    def get_serializer_class(self):\n        return None\n")
    project = read_project(tmp_path)
    assert unfollowed_lists(project, Serializers(project.source, project.querysets)) == {"shop.views.Posts"}


def test_a_list_that_was_followed_is_not_unfollowed(tmp_path: Path) -> None:
    lists(tmp_path)
    project = read_project(tmp_path)
    assert unfollowed_lists(project, Serializers(project.source, project.querysets)) == set()
