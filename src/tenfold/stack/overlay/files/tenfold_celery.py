"""The project's Celery application on the stack's settings: `celery -A tenfold_celery:app`."""

from __future__ import annotations

import importlib
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tenfold_settings"

from django.conf import settings
from tenfold_settings import overlay  # type: ignore[import-not-found]

# Loaded before the project's own module names other ones.
settings.INSTALLED_APPS  # noqa: B018

_module, _, _name = overlay["celery"].partition(":")
app = getattr(importlib.import_module(_module), _name)
os.environ["DJANGO_SETTINGS_MODULE"] = "tenfold_settings"
