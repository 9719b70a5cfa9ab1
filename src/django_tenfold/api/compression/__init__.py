"""Compresses answers where no edge does, in the place of Django's GZipMiddleware."""

from __future__ import annotations

from django_tenfold.api.compression.middleware import CompressionMiddleware

__all__ = ["CompressionMiddleware"]
