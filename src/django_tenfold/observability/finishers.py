"""What is done with the record at the end of each request: a tuple of functions, built once at start.

To add one: a module with `make_finisher(options) -> Finisher | None` (None: switched off), and its path here.
A finisher is called with the record and the response, after the answer is complete: for a streaming answer
when its body ended. The response is None when the client went away first. It must be quick, and may not
change the response, which may already be on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string

from django_tenfold.observability.record import Record

if TYPE_CHECKING:
    from django_tenfold.observability.settings import ObservabilityOptions

Finisher = Callable[[Record, Any], None]

FACTORIES: tuple[str, ...] = (
    "django_tenfold.observability.access_log.make_finisher",
    "django_tenfold.observability.metrics_finisher.make_finisher",
    "django_tenfold.observability.periodic.make_finisher",
)
"""Dotted paths of `make_finisher` functions, in the order in which they run."""


def build_finishers(options: ObservabilityOptions) -> tuple[Finisher, ...]:
    made = (import_string(path)(options) for path in FACTORIES)
    return tuple(finisher for finisher in made if finisher is not None)
