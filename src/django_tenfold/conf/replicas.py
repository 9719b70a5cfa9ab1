"""Leaves read replicas alone: `DATABASE_ROUTERS = ["django_tenfold.conf.replicas.ReplicaRouter"]`.

A replica cannot be migrated, and a process that only checks its models must not need one: Django asks every database
that may be migrated what it can do, so that without this a Celery worker does not start while a replica is away.
Where reads go is not decided here.
"""

from __future__ import annotations

import re

REPLICA = re.compile(r"replica\d+")
"""The aliases that `Environment.databases` makes of REPLICA_URLS."""


class ReplicaRouter:
    """No migration, and no check of models, on an alias of REPLICA_URLS."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool | None:
        return False if REPLICA.fullmatch(db) else None
