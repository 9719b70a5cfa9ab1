"""The project's Celery application, as the block's page says."""

from __future__ import annotations

from celery import Celery

from django_tenfold.tasks.celery import configure

app = Celery("task_site", set_as_current=True)
configure(app)
