"""System checks of compression: another middleware that does it, its place, what it is made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import Error, Warning, register

from django_tenfold.api.compression.encoders import NAMES, find_encodings
from django_tenfold.api.settings import options

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

MIDDLEWARE = "django_tenfold.api.compression.CompressionMiddleware"
OTHERS = (
    "django.middleware.gzip.GZipMiddleware",
    "compression_middleware.middleware.CompressionMiddleware",
    "django_brotli.middleware.BrotliMiddleware",
)
BELOW = (
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django_tenfold.cache.middleware.PageCacheMiddleware",
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    "htmlmin.middleware.HtmlMinifyMiddleware",
)
"""What reads, keeps or writes bodies, and has to get them plain."""


def check_encodings(app_configs: object, **_: object) -> list[CheckMessage]:
    """E810: an encoding that does not exist. W813: none is there that is cheap."""
    if [*options.find_problems()]:
        return []
    chosen = options().compress
    if unknown := [name for name in chosen if name not in NAMES]:
        return [
            Error(
                f'TENFOLD_API["compress"] names {", ".join(map(repr, unknown))}: no answer can be made.',
                hint=f"Name some of {', '.join(map(repr, NAMES))}.",
                id="tenfold.E810",
            )
        ]
    if MIDDLEWARE not in settings.MIDDLEWARE:
        return []
    found = {one.made_by for one in find_encodings(chosen)}
    if found - {"zlib"}:
        return []
    return [
        Warning(
            "CompressionMiddleware has only zlib to compress with, which takes four times the processor of zstd.",
            hint="pip install zstandard isal (Python 3.14 brings zstd along).",
            id="tenfold.W813",
        )
    ]


def check_others(app_configs: object, **_: object) -> list[CheckMessage]:
    """W811: two middleware that compress: who comes first takes the answer, at its price."""
    if MIDDLEWARE not in settings.MIDDLEWARE:
        return []
    return [
        Warning(
            f"MIDDLEWARE has {other} beside CompressionMiddleware: the lower of the two compresses, so answers may"
            " cost what Django's gzip costs, twelve times as much.",
            hint=f"Take {other!r} out of MIDDLEWARE.",
            id="tenfold.W811",
        )
        for other in OTHERS
        if other in settings.MIDDLEWARE
    ]


def check_place(app_configs: object, **_: object) -> list[CheckMessage]:
    """W812: bodies would reach what reads them compressed."""
    order = [*settings.MIDDLEWARE]
    if MIDDLEWARE not in order:
        return []
    above = [name for name in BELOW if name in order and order.index(name) < order.index(MIDDLEWARE)]
    if not above:
        return []
    return [
        Warning(
            f"CompressionMiddleware stands below {', '.join(above)}: bodies get there compressed, so a cache keeps"
            " one for each Accept-Encoding, and an ETag is that of one encoding with its random padding.",
            hint=f"Move {MIDDLEWARE!r} above them in MIDDLEWARE: bodies are kept plain and compressed afterwards.",
            id="tenfold.W812",
        )
    ]


def register_compression_checks() -> None:
    register(check_encodings)
    register(check_others)
    register(check_place)
