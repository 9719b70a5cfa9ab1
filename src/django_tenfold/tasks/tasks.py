"""The block's own tasks, found by Celery's autodiscovery."""

from __future__ import annotations

from django_tenfold.tasks import maintenance

__all__ = ["maintenance"]
