"""System checks of the block."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.checks import Error, register

from django_tenfold.api.compression.checks import register_compression_checks
from django_tenfold.api.keyset.checks import register_keyset_checks
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


def check_trusted(app_configs: object, **_: object) -> list[CheckMessage]:
    """E803: a trusted model that does not exist: the one that was meant stays slow."""
    if [*options.find_problems()]:
        return []
    known = {model._meta.label for model in apps.get_models()}
    return [
        Error(
            f'TENFOLD_API["trusted_models"] names {label!r}, which is no model: its reads are not compiled.',
            hint=f'Name it as "app_label.ModelName"; known: {", ".join(sorted(known)[:20])} ...',
            id="tenfold.E803",
        )
        for label in options().trusted_models
        if label not in known
    ]


def register_checks() -> None:
    register(check_options)
    register(check_encoder)
    register(check_trusted)
    register_keyset_checks()
    register_compression_checks()
