"""The block's own tasks, where Celery's autodiscovery finds them."""

from __future__ import annotations

from django_tenfold.tasks.django_tasks import run_django_task
from django_tenfold.tasks.mail import send_mail
from django_tenfold.tasks.maintenance import prune, sweep

__all__ = ["prune", "run_django_task", "send_mail", "sweep"]
