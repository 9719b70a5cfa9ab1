from __future__ import annotations

import asyncio
import json.decoder
from pathlib import Path
from typing import TYPE_CHECKING

import django.template
import pytest
from django.template import Context, Engine

from django_tenfold.observability.caller import _is_other_package, find_caller, is_project_file

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = "tests/django_tenfold/observability/test_caller.py"


def call_from(path: str, deeper: Callable[[], str]) -> str:
    """The answer of `deeper`, called by code that stands in a file of this name."""
    names: dict[str, Callable[[], str]] = {"deeper": deeper}
    exec(compile("def ask():\n    return deeper()", path, "exec"), names)
    return names["ask"]()


def test_the_line_of_the_project_is_told_relative_to_where_it_runs() -> None:
    assert find_caller().startswith(f"{HERE}:")
    assert find_caller().endswith(" in test_the_line_of_the_project_is_told_relative_to_where_it_runs")


@pytest.mark.parametrize(
    ("path", "projects"),
    [
        (django.template.__file__, False),
        (json.decoder.__file__, False),
        ("<string>", False),
        ("<frozen importlib._bootstrap>", False),
        ("/srv/shop/.venv/lib/python3.13/site-packages/rest_framework/views.py", False),
        ("/usr/lib/python3/dist-packages/django/db/models/query.py", False),
        (str(Path(__file__).parents[3] / "src/django_tenfold/observability/queries.py"), False),
        ("/srv/shop/shop/views.py", True),
        ("/srv/site-packages-of-ours/views.py", True),
    ],
)
def test_only_the_projects_own_files_are_its_own(path: str, projects: bool) -> None:
    assert is_project_file(path) is projects


def test_a_template_that_asked_is_named_before_the_view() -> None:
    class Row:
        """As a model's: what the template asks for is made by Django's code."""

        price = staticmethod(lambda: "")

    names: dict[str, object] = {"find_caller": find_caller}
    code = "def price():\n    return find_caller()"
    exec(compile(code, "/venv/lib/python3.13/site-packages/django/db/models/query.py", "exec"), names)
    Row.price = staticmethod(names["price"])  # type: ignore[assignment, arg-type]
    lists = {"shop/list.html": "\n\n{{ row.price }}"}
    engine = Engine(loaders=[("django.template.loaders.locmem.Loader", lists)])
    told = engine.get_template("shop/list.html").render(Context({"row": Row()}, autoescape=False)).strip()
    assert told.startswith(f"shop/list.html:3 < {HERE}:")
    assert told.endswith(" in test_a_template_that_asked_is_named_before_the_view")


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("/venv/lib/python3.13/site-packages/shop/views.py", True),
        ("/venv/lib/python3.13/site-packages/django/db/models/query.py", False),
        ("/venv/lib/python3.13/site-packages/django_tenfold/observability/queries.py", False),
        ("/srv/shop/views.py", False),
    ],
)
def test_a_project_that_is_installed_as_a_package_is_known_apart_from_the_plumbing(
    path: str, other: bool
) -> None:
    assert _is_other_package(path) is other


def test_a_stack_without_an_end_is_not_walked_for_ever() -> None:
    def deeper(number: int) -> str:
        return deeper(number - 1) if number else call_from("<string>", find_caller)

    assert HERE in deeper(300)


def test_asynchronous_code_is_named_as_well() -> None:
    async def ask() -> str:
        return find_caller()

    assert asyncio.run(ask()).endswith("ask")
