"""The task worker: Celery."""
