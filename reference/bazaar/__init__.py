"""The project: its settings, routes and entry points."""

from bazaar.celery import app as celery_app

__all__ = ["celery_app"]
