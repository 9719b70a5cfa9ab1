from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.querysets import Querysets

NESTED = "list(list(Post.objects.all())[:2] + list(given))"
MODELS = """
from django.contrib.auth import get_user_model
from django.db import models


class PostQuerySet(models.QuerySet):
    def shown(self):
        return self.with_author().filter(hidden=False)

    def with_author(self):
        return self.select_related("author")

    def newest(self):
        return self.order_by("-id").first()


class Loaded(models.Manager):
    def get_queryset(self):
        return super().get_queryset().prefetch_related("comments")


class Post(models.Model):
    author = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    hidden = models.BooleanField(default=False)
    objects = PostQuerySet.as_manager()
    loaded = Loaded()


class Comment(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
"""


def read(root: Path, views: str) -> Querysets:
    head = "from shop.models import Comment, Post\n\n\n"
    write_project(root, {"shop/models.py": MODELS, "shop/views.py": head + views})
    return read_project(root).querysets


def of_loop(root: Path, iterable: str, before: str = "pass") -> tuple[str, set[str], bool]:
    """(model, what is fetched, whether each step was followed) of a loop over an expression."""
    body = f"def view(request, given):\n    {before}\n    for row in {iterable}:\n        row.save()\n"
    (loop,) = read(root, body).loops
    return loop.rows.model, set(loop.rows.eager), loop.rows.sure


@pytest.mark.parametrize(
    ("iterable", "model", "eager"),
    [
        ("Post.objects.all()", "shop.post", set()),
        ('Post.objects.filter(hidden=True).select_related("author")[:5]', "shop.post", {"author"}),
        ("Post.objects.select_related()", "shop.post", {"*"}),
        ("Post.objects.shown()", "shop.post", {"author"}),
        ("Post.loaded.all()", "shop.post", {"comments"}),
        ("Post.objects.get(pk=1).comments.all()", "shop.comment", {"post"}),
        ("request.user.post_set.all()", "shop.post", {"author"}),
        ("list(Post.objects.all())", "shop.post", set()),
        ('Comment.objects.select_related("post__author")', "shop.comment", {"post__author"}),
    ],
)
def test_rows_are_known_by_the_chain_that_makes_them(
    iterable: str, model: str, eager: set[str], tmp_path: Path
) -> None:
    assert of_loop(tmp_path, iterable) == (model, eager, True)


def test_a_name_stands_for_what_was_last_assigned_to_it(tmp_path: Path) -> None:
    before = 'rows = Comment.objects.all()\n    rows = Post.objects.prefetch_related("comments")'
    assert of_loop(tmp_path, "rows", before)[:2] == ("shop.post", {"comments"})


def test_of_two_branches_all_that_either_fetches_counts(tmp_path: Path) -> None:
    before = (
        'rows = Post.objects.all()\n    if given:\n        rows = rows.select_related("author")\n    pass'
    )
    assert of_loop(tmp_path, "rows", before)[1] == {"author"}


def test_a_method_that_only_running_tells_makes_the_rows_unsure(tmp_path: Path) -> None:
    assert of_loop(tmp_path, "Post.objects.unheard_of()")[2] is False


@pytest.mark.parametrize("iterable", ["given", "Post.objects.newest()", NESTED])
def test_what_holds_no_rows_of_a_known_model_is_no_loop_over_rows(iterable: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"def view(given):\n    for row in {iterable}:\n        row.x.y\n").loops == ()


def test_rows_that_are_no_instances_are_looped_over_without_a_name(tmp_path: Path) -> None:
    (loop,) = read(
        tmp_path, "def view():\n    for x in Post.objects.values_list('id'):\n        x.save()\n"
    ).loops
    assert (loop.variable, loop.touches, loop.rows.instances) == ("", (), False)


def test_a_loop_tells_what_it_and_those_inside_read_of_a_row(tmp_path: Path) -> None:
    body = (
        "def view():\n    for post in Post.objects.all():\n        print(post.author.email)\n"
        "        for comment in post.comments.all():\n            comment.post.save(post.hidden)\n"
    )
    loops = {loop.variable: [touch.dotted for touch in loop.touches] for loop in read(tmp_path, body).loops}
    assert sorted(loops["post"]) == ["author.email", "comments.all", "hidden"]
    assert loops["comment"] == ["post.save"]


def test_a_list_view_has_the_rows_of_its_nearest_get_queryset(tmp_path: Path) -> None:
    body = (
        "from django.views.generic import ListView\n\n\n"
        "class Base(ListView):\n    model = Post\n\n\n"
        "class Shown(Base):\n    def get_queryset(self):\n"
        "        return super().get_queryset().filter(hidden=False).select_related('author')\n"
    )
    views = {view.view: view.rows for view in read(tmp_path, body).views}
    assert views["shop.views.Base"].model == "shop.post"
    assert views["shop.views.Base"].eager == frozenset()
    assert views["shop.views.Shown"].narrowed
    assert views["shop.views.Shown"].fetches("author")


def test_a_template_gets_rows_under_the_name_that_the_view_gives_them(tmp_path: Path) -> None:
    body = (
        "from django.shortcuts import render\n\n\ndef view(request):\n"
        "    context = {'posts': Post.objects.all(), 'n': 1}\n"
        "    return render(request, 'posts.html', context)\n"
    )
    (given,) = read(tmp_path, body).rendered
    assert (given.template, given.variable, given.rows.model) == ("posts.html", "posts", "shop.post")


def test_calls_on_rows_are_told_with_their_model(tmp_path: Path) -> None:
    body = "def view(word):\n    return Post.objects.exclude(hidden=True).filter(title__icontains=word)\n"
    found = {call.method: call.rows.steps for call in read(tmp_path, body).calls}
    assert found == {"exclude": (), "filter": ("exclude",)}


def test_the_manager_that_a_queryset_starts_from_is_told_unless_classes_share_the_line(
    tmp_path: Path,
) -> None:
    body = (
        "from django.views.generic import ListView\n\n\n"
        "class Base(ListView):\n    def get_queryset(self):\n        return self.model.objects.all()\n\n\n"
        "class Posts(Base):\n    model = Post\n\n\n"
        "class Own(ListView):\n    queryset = Post.objects.all()\n"
    )
    starts = {view.view: view.rows.start for view in read(tmp_path, body).views}
    assert starts == {"shop.views.Posts": None, "shop.views.Own": ("shop/views.py", 17, "Post.objects")}


def test_values_nested_beyond_reason_are_no_rows(tmp_path: Path) -> None:
    nested = "list(" * 90 + "given" + ")" * 90 + " or " + " or ".join(["(given | given)"] * 90)
    assert (
        read(tmp_path, f"def view(given):\n    rows = {nested}\n    for x in rows:\n        x.save()\n").loops
        == ()
    )
