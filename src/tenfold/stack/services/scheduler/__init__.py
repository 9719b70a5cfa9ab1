"""The scheduler of periodic tasks: one Celery beat."""
