"""Keeps the indexes of the search fresh."""

from __future__ import annotations

from celery import shared_task
from django_tenfold.search.updating import update_indexes
from django_tenfold.tasks.periodic import periodic


# A site with hundreds of writes a second runs `manage.py search_index update --follow` beside it: any number may work.
@periodic(every=5)
@shared_task
def update_search() -> int:
    """How many changes there were."""
    return update_indexes()
