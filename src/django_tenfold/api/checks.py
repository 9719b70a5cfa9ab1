"""System checks of the block."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.core.checks import Error, register

from django_tenfold.api.keyset_checks import register_keyset_checks
from django_tenfold.api.settings import options

if TYPE_CHECKING:
    from django.core.checks import CheckMessage


def check_options(app_configs: object, **_: object) -> list[CheckMessage]:
    """E801: an option that does not exist or cannot be."""
    return [*options.report_problems("tenfold.E801")]


def check_encoder(app_configs: object, **_: object) -> list[CheckMessage]:
    """E802: the encoder that the settings name is not installed, so every read would fail."""
    if [*options.find_problems()]:
        return []
    encoder = options().encoder
    if encoder == "auto" or find_spec(encoder) is not None:
        return []
    return [
        Error(
            f'TENFOLD_API["encoder"] is {encoder!r}, which is not installed: the first read fails.',
            hint=f'Install {encoder} (pip install {encoder}), or set TENFOLD_API["encoder"] to "auto".',
            id="tenfold.E802",
        )
    ]


def register_checks() -> None:
    register(check_options)
    register(check_encoder)
    register_keyset_checks()
