"""For a project's tests: a page may not ask more queries because there are more rows.

    class ShopTests(NoNPlusOneMixin, TestCase): ...          # each test fails on an N+1 (needs django-zeal)

    def test_the_list_asks_the_same_queries_for_more_products(self):
        assert_query_count_constant(make_products, lambda: self.client.get("/products/"))

With pytest: `from django_tenfold.observability.pytest_fixtures import no_n_plus_one` in conftest.py.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_tenfold.observability.sql_text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def assert_query_count_constant(
    make_rows: Callable[[int], object], ask: Callable[[], object], *, rows: int = 3, using: str = "default"
) -> None:
    """Fails when `ask()` runs more queries with twice the rows. Needs no library.

    `make_rows(n)` makes n rows more; it is called twice with `rows`. `ask` is called three times: the first fills
    what Django remembers for the process (content types, sites), so that it is not taken for a difference.
    The AssertionError names the statements that were run more often.
    """
    make_rows(rows)
    ask()
    before = _count_statements(ask, using)
    make_rows(rows)
    after = _count_statements(ask, using)
    if after.total() > before.total():
        grown = (after - before).most_common(5)
        told = "\n".join(f"  {before[sql]} -> {after[sql]} times: {sql}" for sql, _ in grown)
        raise AssertionError(
            f"{before.total()} queries with {rows} rows, {after.total()} with {2 * rows}: the number grows with the"
            f" rows. Fetch what belongs to them together (select_related, prefetch_related).\n{told}"
        )


def _count_statements(ask: Callable[[], object], using: str) -> Counter[str]:
    with CaptureQueriesContext(connections[using]) as captured:
        ask()
    return Counter(normalise(query["sql"]) for query in captured.captured_queries)


@contextmanager
def forbid_n_plus_one() -> Iterator[None]:
    """Within, an N+1 raises zeal's NPlusOneError. Raises ImproperlyConfigured without zeal."""
    if not apps.is_installed("zeal"):
        raise ImproperlyConfigured(
            'N+1 queries are found by django-zeal: pip install django-zeal, and "zeal" in the INSTALLED_APPS of tests.'
        )
    from zeal import zeal_context

    with override_settings(ZEAL_RAISE=True), zeal_context():
        yield


class NoNPlusOneMixin:
    """For a TestCase: an N+1 in a test, or in a page that it asks for, fails it."""

    def run(self, result: Any = None) -> Any:
        with forbid_n_plus_one():
            return super().run(result)  # type: ignore[misc]
