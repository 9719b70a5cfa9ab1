"""The test site's settings, with the servers of the environment."""

from __future__ import annotations

import json
import os

from tests.django_site.settings import SITE

globals().update(SITE)

INSTALLED_APPS = [*SITE["INSTALLED_APPS"], "tests.live.blocks.task_site"]
DATABASES = {"default": json.loads(os.environ["SITE_DATABASE"])}
CELERY_BROKER_URL = os.environ["SITE_BROKER"]
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3, "unacked_restore_interval": 1}
TENFOLD_TASKS = json.loads(os.environ["SITE_OPTIONS"])
TASKS = {"default": {"BACKEND": "django_tenfold.tasks.backends.CeleryBackend", "QUEUES": []}}
MAILERS = {
    "default": {"BACKEND": "django_tenfold.tasks.mail.EmailBackend", "OPTIONS": {"mailer": "smtp"}},
    "smtp": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": "127.0.0.1", "port": int(os.environ["SITE_MAIL_PORT"])},
    },
}
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["SITE_MAIL_PORT"])
EMAIL_BACKEND = "django_tenfold.tasks.mail.EmailBackend"

import django  # noqa: E402

if django.VERSION < (6, 1):
    del MAILERS
else:
    del EMAIL_HOST, EMAIL_PORT, EMAIL_BACKEND
