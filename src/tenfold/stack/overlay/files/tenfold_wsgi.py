"""The project's WSGI application on the stack's settings.

They are loaded before the project's own wsgi.py, which may name other ones: what is loaded stays.
"""

from __future__ import annotations

import importlib
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tenfold_settings"

from django.conf import settings
from tenfold_settings import overlay  # type: ignore[import-not-found]

settings.INSTALLED_APPS  # noqa: B018

if overlay["wsgi"]:
    _module, _, _name = overlay["wsgi"].partition(":")
    application = getattr(importlib.import_module(_module), _name)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tenfold_settings"
else:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
