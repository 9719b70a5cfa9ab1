"""Fixtures for a project's conftest.py: `from django_tenfold.observability.pytest_fixtures import no_n_plus_one`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from django_tenfold.observability.testing import forbid_n_plus_one

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def no_n_plus_one() -> Iterator[None]:
    """An N+1 in the test, or in a page that it asks for, fails it."""
    with forbid_n_plus_one():
        yield
