"""System checks of the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import register

from django_tenfold.tasks.settings import options

if TYPE_CHECKING:
    from django.core.checks import Error


def check_options(app_configs: object, **_: object) -> list[Error]:
    """E301: what is wrong in TENFOLD_TASKS."""
    return options.report_problems("tenfold.E301")


def register_checks() -> None:
    register(check_options, "tasks")
