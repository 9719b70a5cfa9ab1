"""What is done for reviews at fixed times."""

from __future__ import annotations

from celery import shared_task
from celery.schedules import crontab
from django_tenfold.tasks.periodic import periodic

from reviews.recounting import recount


# Reads every review (20 s for ten million): at night. Deleted accounts take their reviews along past every counter.
@periodic(crontab(hour=3, minute=40))
@shared_task
def correct_counters() -> dict[str, int]:
    """How many counters of each kind were wrong."""
    found = recount(votes=True)
    return {"products": found.products, "reviewers": found.reviewers, "reviews": found.votes}
