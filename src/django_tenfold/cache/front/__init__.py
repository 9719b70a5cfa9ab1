"""Answers kept pages before Django: no request object, no middleware, one exchange with the cache."""

from __future__ import annotations

from django_tenfold.cache.front.wrapping import answer_cached_pages

__all__ = ["answer_cached_pages"]
