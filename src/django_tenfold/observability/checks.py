"""System checks of the block: `manage.py check`; those of production with `--deploy`. Ids tenfold.E/W4xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import register

from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

TAG = "observability"


def check_options(app_configs: object, **_: object) -> list[CheckMessage]:
    """E401: TENFOLD_OBSERVABILITY holds what cannot be."""
    return [*options.report_problems("tenfold.E401")]


def register_checks() -> None:
    register(check_options, TAG)
