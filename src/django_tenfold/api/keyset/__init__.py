"""Pages by key: the page after a row costs what the first page costs, however far it is."""

from __future__ import annotations

from django_tenfold.api.keyset.paginator import KeysetPage, KeysetPaginator

__all__ = ["KeysetPage", "KeysetPaginator"]
