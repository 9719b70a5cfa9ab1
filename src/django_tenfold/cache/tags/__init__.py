"""Tags: what a cached thing shows, and taking back everything that shows it."""

from __future__ import annotations

from django_tenfold.cache.tags.tagged import Tagged, add_tags, tags_purged

__all__ = ["Tagged", "add_tags", "tags_purged"]
