"""What keeps the block's tables small and its figures fresh; collected into the schedule with the project's tasks."""

from __future__ import annotations

from datetime import timedelta

from celery import current_app, shared_task
from django.utils import timezone

from django_tenfold.tasks import dead_letters, metrics, outbox, queues
from django_tenfold.tasks.idempotency import prune_keys
from django_tenfold.tasks.models import Delivery, PeriodicRun, StoredMail, TaskRecord
from django_tenfold.tasks.periodic import periodic
from django_tenfold.tasks.settings import options

SWEEP_SECONDS = 30
PRUNE_SECONDS = 3600


@periodic(every=SWEEP_SECONDS, expires=SWEEP_SECONDS)
@shared_task(name="tenfold.sweep", max_retries=0)
def sweep() -> int:
    """Send what the outbox still has, and count dead tasks and the messages of each queue."""
    sent = outbox.sweep_outbox()
    dead_letters.count_dead()
    for one in queues.measure_queues(current_app._get_current_object()):
        metrics.record_depth(one.name, one.depth)
    return sent


@periodic(every=PRUNE_SECONDS, expires=PRUNE_SECONDS)
@shared_task(name="tenfold.prune", max_retries=0)
def prune() -> None:
    """Delete keys, results and counts that are too old to be of use."""
    told = options()
    now = timezone.now()
    prune_keys(told.key_days)
    before = now - timedelta(days=told.key_days)
    PeriodicRun.objects.filter(created_at__lt=before).delete()
    Delivery.objects.filter(updated_at__lt=before).delete()
    StoredMail.objects.filter(created_at__lt=before).delete()
    TaskRecord.objects.filter(finished_at__lt=now - timedelta(days=told.result_days)).delete()
