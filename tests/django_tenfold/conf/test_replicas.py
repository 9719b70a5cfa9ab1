from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import run_checks
from django.db import connections
from django.test import override_settings

from django_tenfold.conf.replicas import ReplicaRouter
from tests.django_site.databases import databases

if TYPE_CHECKING:
    from pathlib import Path

GONE = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "app",
    "HOST": "127.0.0.1",
    "PORT": 1,
    "OPTIONS": {"connect_timeout": 1},
}


def test_a_replica_is_not_migrated_and_everything_else_is_left_to_others() -> None:
    router = ReplicaRouter()
    assert [router.allow_migrate(alias, "shop") for alias in ("replica1", "replica12")] == [False, False]
    others = ("default", "direct", "replica", "replicas", "my_replica1")
    assert [router.allow_migrate(alias, "shop") for alias in others] == [None] * 5


def test_models_are_checked_while_a_replica_is_away(tmp_path: Path) -> None:
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "site.sqlite3")}
    with (
        databases({"default": file, "replica1": GONE}),
        override_settings(DATABASE_ROUTERS=["django_tenfold.conf.replicas.ReplicaRouter"]),
    ):
        run_checks()
        assert connections["replica1"].connection is None
