from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured

from django_tenfold.observability.n_plus_one import find_n_plus_one_tools
from django_tenfold.observability.testing import assert_query_count_constant, forbid_n_plus_one


def make_people(count: int) -> None:
    people = get_user_model().objects
    start = people.count()
    for number in range(start, start + count):
        people.create_user(f"person-{number}")


def test_a_page_that_asks_one_query_more_per_row_fails_with_the_statement(sqlite_database: None) -> None:
    people = get_user_model().objects

    def ask() -> None:
        for person in people.all():
            people.filter(pk=person.pk).exists()

    with pytest.raises(AssertionError, match="4 queries with 3 rows, 7 with 6") as refused:
        assert_query_count_constant(make_people, ask)
    assert "3 -> 6 times: SELECT ? AS" in str(refused.value)


def test_a_page_that_asks_the_same_queries_passes(sqlite_database: None) -> None:
    asked = []
    assert_query_count_constant(
        make_people, lambda: asked.append(len(get_user_model().objects.all())), rows=2
    )
    assert asked == [2, 2, 4]


def test_zeal_is_added_in_development_only() -> None:
    assert find_n_plus_one_tools(debug=True) == (["zeal"], ["zeal.middleware.zeal_middleware"])
    assert find_n_plus_one_tools(debug=False) == ([], [])


def test_without_zeal_nothing_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_tenfold.observability.n_plus_one.find_spec", lambda name: None)
    assert find_n_plus_one_tools(debug=True) == ([], [])


def test_what_is_missing_for_the_fixture_is_said() -> None:
    with pytest.raises(ImproperlyConfigured, match="pip install django-zeal"), forbid_n_plus_one():
        pass


SUITE = """
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "zeal"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

import unittest
from django.contrib.auth.models import Group, Permission
from django.test import TestCase, runner
from django_tenfold.observability.testing import NoNPlusOneMixin


class Lists(NoNPlusOneMixin, TestCase):
    def test_one_query_per_row(self):
        for permission in Permission.objects.all():
            permission.content_type.model

    def test_fetched_together(self):
        for permission in Permission.objects.select_related("content_type"):
            permission.content_type.model


tests = unittest.defaultTestLoader.loadTestsFromTestCase(Lists)
made = runner.DiscoverRunner(verbosity=0)
databases = made.setup_databases()
result = unittest.TextTestRunner(verbosity=0).run(tests)
made.teardown_databases(databases)
print([(case.id().rpartition(".")[2], "N+1 detected" in text) for case, text in result.errors + result.failures])
"""


def test_the_mixin_fails_a_test_with_an_n_plus_one_and_passes_another() -> None:
    """In a process of its own: zeal patches Django for good."""
    done = subprocess.run(
        [sys.executable, "-c", SUITE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "[('test_one_query_per_row', True)]", done.stderr


PYTEST = """
from django_tenfold.observability.pytest_fixtures import no_n_plus_one
"""


def test_the_fixture_is_one_of_pytest() -> None:
    names: dict[str, Any] = {}
    exec(PYTEST, names)
    assert "fixture" in type(names["no_n_plus_one"]).__name__.lower()
