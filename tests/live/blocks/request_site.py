"""A whole site in one module, settings, routes and Celery application, for tests of the request id."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from celery import Celery
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from django_tenfold.observability.log_config import logging_config

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET_KEY = "only for the tests"
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django_tenfold.observability"]
MIDDLEWARE = ["django_tenfold.observability.middleware.RequestMiddleware"]
ROOT_URLCONF = __name__
USE_TZ = True
LOGGING = logging_config(level="INFO")
TENFOLD_OBSERVABILITY = {"metrics": False}

app = Celery("request_site", broker=os.environ["SITE_BROKER"])
app.conf.broker_connection_retry_on_startup = True
logger = logging.getLogger("shop")


@app.task(name="shop.work")
def work() -> None:
    logger.info("worked")


def order(request: Any) -> HttpResponse:
    logger.info("ordered")
    work.delay()
    return HttpResponse(b"ok")


def export(request: Any) -> StreamingHttpResponse:
    def rows() -> Iterator[bytes]:
        for number in range(3):
            logger.info("row %d", number)
            yield b"row\n"

    return StreamingHttpResponse(rows())


urlpatterns = [path("order/", order, name="order"), path("export/", export, name="export")]
