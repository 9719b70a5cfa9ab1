"""System checks of the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import register

from django_tenfold.db.settings import options

if TYPE_CHECKING:
    from django.core.checks import Error


def check_options(app_configs: object, **_: object) -> list[Error]:
    """E601: an option that does not exist or cannot be."""
    return options.report_problems("tenfold.E601")


def register_checks() -> None:
    register(check_options)
