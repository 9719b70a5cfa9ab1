"""The counters and derived fields that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from django_tenfold.db.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_tenfold.db.counters.declaring import Counter
    from django_tenfold.db.derived.fields import DerivedField


def list_counters() -> Iterator[Counter]:
    """Raises ImportError for a path that leads nowhere."""
    yield from (import_string(path) for path in options().counters)


def list_derived_fields() -> Iterator[DerivedField]:
    """Raises ImportError for a path that leads nowhere."""
    yield from (import_string(path) for path in options().derived_fields)
