"""What is done for reviews at fixed times."""

from __future__ import annotations

from io import StringIO

from celery import shared_task
from celery.schedules import crontab
from django.core.management import call_command
from django.db import router
from django_tenfold.db.counters.columns import group_counters
from django_tenfold.db.counters.upkeep import roll_up_together
from django_tenfold.tasks.periodic import periodic

from reviews.counters import COUNTERS
from reviews.models import Review


@periodic(every=60)
@shared_task
def roll_up_counters() -> int:
    """Bring the columns that follow counters up to date; how many differences there were."""
    using = router.db_for_write(Review)
    return sum(roll_up_together(group, using=using) for group in group_counters(COUNTERS))


# Reads every review: at night. Triggers miss nothing; a restore of one table, or a hand in the database, may.
@periodic(crontab(hour=3, minute=40))
@shared_task
def repair_counters() -> str:
    """What was wrong, if anything was."""
    said = StringIO()
    call_command("counters", "repair", stdout=said)
    return said.getvalue()
