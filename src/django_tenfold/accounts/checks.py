"""System checks of the accounts block: tenfold.E/W2xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import register

from django_tenfold.accounts.memory_checks import register_memory_checks
from django_tenfold.accounts.people_checks import ACCOUNTS, register_people_checks
from django_tenfold.accounts.settings import options

if TYPE_CHECKING:
    from django.core.checks import CheckMessage


def check_options(app_configs: object, **_: object) -> list[CheckMessage]:
    """E201: everything that is wrong in TENFOLD_ACCOUNTS."""
    return [*options.report_problems("tenfold.E201")]


def register_checks() -> None:
    register(check_options, ACCOUNTS)
    register_people_checks()
    register_memory_checks()
