"""Fixtures of the live tests of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from celery import current_app
from django.db import connection
from django.test import override_settings

from tests.live.blocks.task_processes import TaskSite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.django_site.servers import Servers

OPTIONS = {"retries": 1, "retry_base": 0.05, "deliveries": 2, "lease_seconds": 3, "outbox_age": 1.0}


@pytest.fixture
def task_site(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TaskSite]:
    """PostgreSQL with a table `effects`, a broker, and this process as a web server that sends tasks."""
    from tests.live.blocks.task_site.app import app

    site = TaskSite(postgres_database, tmp_path, options=dict(OPTIONS))
    app.conf.broker_url = site.broker
    app.set_current()
    assert current_app.main == app.main
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS effects")
        cursor.execute("CREATE TABLE effects (name text NOT NULL)")
    with app.connection_for_write() as broker:
        broker.default_channel.client.flushdb()
    monkeypatch.setenv("SITE_FOLDER", str(tmp_path))
    try:
        with override_settings(TENFOLD_TASKS=site.options):
            yield site
    finally:
        site.stop()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE effects")
