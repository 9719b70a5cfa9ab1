"""Counters that the database keeps: a count or a sum for each key, right under every kind of write."""

from __future__ import annotations

from django_tenfold.db.counters.declaring import Counter, is_kept

__all__ = ["Counter", "is_kept"]
