"""The project's Celery application on the stack's settings: `celery -A tenfold_celery:app`."""

from __future__ import annotations

import importlib
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tenfold_settings"

from celery.signals import worker_ready  # type: ignore[import-untyped,import-not-found,unused-ignore]
from django.conf import settings
from tenfold_settings import overlay  # type: ignore[import-not-found]

# Loaded before the project's own module names other ones.
settings.INSTALLED_APPS  # noqa: B018

_module, _, _name = overlay["celery"].partition(":")
app = getattr(importlib.import_module(_module), _name)
os.environ["DJANGO_SETTINGS_MODULE"] = "tenfold_settings"


@worker_ready.connect(weak=False)  # type: ignore[untyped-decorator,unused-ignore]
def say_ready(sender: object, **told: object) -> None:
    """To standard output: the project's LOGGING may silence Celery's own line, which the runner waits for."""
    os.write(1, f"{getattr(sender, 'hostname', 'worker')} ready.\n".encode())
