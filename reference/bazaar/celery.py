"""The Celery application: `celery -A bazaar worker`."""

from __future__ import annotations

import os

from celery import Celery
from django_tenfold.tasks.celery import configure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bazaar.settings")

app = Celery("bazaar")
configure(app)  # sent on commit, acknowledged late, tried again, never lost in silence
