"""The Celery application: `celery -A projectname worker`."""

from __future__ import annotations

import os

from celery import Celery
from django_tenfold.tasks.celery import configure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projectname.settings")

app = Celery("projectname")
configure(app)  # sent on commit, acknowledged late, tried again, never lost in silence
