from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from tenfold.edits.model import RemoveKeyword, SetKeyword
from tenfold.errors import EditError
from tests.edits.text import change_text

if TYPE_CHECKING:
    from collections.abc import Callable

Check: TypeAlias = "Callable[..., None]"
P = "urls.py"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('path("a/", view)', 'path("a/", view, name="x")'),
        ('path("a/", view,)', 'path("a/", view, name="x",)'),
        ('path("a/", view, name="y")', 'path("a/", view, name="x")'),
        ('path("a/", View.as_view())', 'path("a/", View.as_view(), name="x")'),
        ('path("a/", view, **more)', 'path("a/", view, name="x", **more)'),
        ("path()", 'path(name="x")'),
        ('path(\n    "a/",\n    view,  # v\n)', 'path(\n    "a/",\n    view,  # v\n    name="x",\n)'),
        ('path(\n    "a/",\n    view\n)', 'path(\n    "a/",\n    view,\n    name="x"\n)'),
    ],
)
def test_a_keyword_is_set(becomes: Check, before: str, after: str) -> None:
    becomes(before + "\n", SetKeyword(P, 1, "name", '"x"', call="path"), after=after + "\n")


def test_the_call_with_the_name_is_meant(becomes: Check) -> None:
    becomes(
        'urls = [path("a/", View.as_view())]\n',
        SetKeyword(P, 1, "name", '"x"', call="as_view"),
        after='urls = [path("a/", View.as_view(name="x"))]\n',
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(1, debug=True)", "f(1)"),
        ("f(debug=True, a=1)", "f(a=1)"),
        ("f(debug=True)", "f()"),
        ("f(1)", "f(1)"),
    ],
)
def test_a_keyword_is_removed(becomes: Check, before: str, after: str) -> None:
    becomes(before + "\n", RemoveKeyword(P, 1, "debug"), after=after + "\n")


def test_a_line_without_the_call_is_refused() -> None:
    with pytest.raises(EditError, match="no call of path begins there"):
        change_text("f(1)\n", SetKeyword(P, 1, "name", '"x"', call="path"))
