"""System checks of the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import Tags, register

from django_tenfold.db.settings import options
from django_tenfold.db.trigger_checks import check_declarations, check_triggers

if TYPE_CHECKING:
    from django.core.checks import Error


def check_options(app_configs: object, **_: object) -> list[Error]:
    """E601: an option that does not exist or cannot be."""
    return options.report_problems("tenfold.E601")


def register_checks() -> None:
    register(check_options)
    register(check_declarations)
    register(check_triggers, Tags.database)
