"""Uploaded photos: what may be one, and where it is stored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.deconstruct import deconstructible
from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from django.core.files import File

    from products.models import Product

KINDS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
"""Pillow's name of a format, and the ending of the file that holds it."""


@deconstructible
@dataclass  # not frozen: `deconstructible` keeps the arguments on the instance
class PhotoLimits:
    """A validator: by the content, never by the name or the type that the browser tells."""

    most_bytes: int = 2 * 1024 * 1024
    most_pixels: int = 4096 * 4096
    """Width times height: a small file can unpack to gigabytes."""

    def __call__(self, photo: File) -> None:
        """Raises ValidationError for what is too large, or no JPEG, PNG or WebP."""
        if photo.size > self.most_bytes:
            raise ValidationError(
                f"The photo has {filesizeformat(photo.size)}; up to {filesizeformat(self.most_bytes)} is taken.",
                code="too_large",
            )
        kind, width, height = read_photo(photo)
        if kind not in KINDS:
            raise ValidationError(f"Photos are JPEG, PNG or WebP, not {kind or 'this'}.", code="wrong_kind")
        if width * height > self.most_pixels:
            raise ValidationError(
                f"The photo has {width} x {height} pixels; up to {self.most_pixels:,} in all are taken.",
                code="too_many_pixels",
            )


def read_photo(photo: File) -> tuple[str, int, int]:
    """Format, width and height from the head of the file; ("", 0, 0) when it is no image. Decodes nothing."""
    at = photo.tell()
    try:
        with Image.open(photo.file if hasattr(photo, "file") else photo) as image:
            return image.format or "", *image.size
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return "", 0, 0
    finally:
        photo.seek(at)


def name_photo(product: Product, filename: str) -> str:
    """Where an upload is stored: a new name each time, so that caches never show an older photo.

    The name that the visitor's file had is not used: nothing of it reaches the store.
    """
    kind = read_photo(product.photo)[0] if product.photo else ""
    ending = KINDS.get(kind, "bin")
    return f"products/{product.slug}-{secrets.token_hex(6)}.{ending}"
