"""Answers of views, kept and told again."""

from __future__ import annotations

from django_tenfold.cache.pages.views import CachedPage, cache_view

__all__ = ["CachedPage", "cache_view"]
