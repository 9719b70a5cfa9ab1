"""System checks of the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import register

from django_tenfold.cache.settings import options

if TYPE_CHECKING:
    from django.core.checks import Error


def check_options(app_configs: object, **_: object) -> list[Error]:
    """E701: an option that does not exist or cannot be."""
    return options.report_problems("tenfold.E701")


def register_checks() -> None:
    register(check_options)
