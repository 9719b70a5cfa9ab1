"""What the service methods of django_tenfold.conf's `Environment` read, and what they say of it.

The tool does not import the runtime; the tests hold this table equal to it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a variable unless the call says otherwise."""

    name: str
    help: str
    example: str
    secret: bool = True
    choices: tuple[str, ...] = ()


SERVICES = {
    "databases": Told("DATABASE_URL", "The database.", "postgres://user:password@host:5432/name"),
    "caches": Told("CACHE_URL", "The cache that all processes share.", "redis://:password@host:6379/0"),
    "storages": Told(
        "STORAGE_URL", "Where uploads are kept.", "s3://key:secret@bucket?region_name=eu-central-1"
    ),
    "email": Told("EMAIL_URL", "The mail server.", "smtp+tls://user:password@host:587"),
    "broker": Told("BROKER_URL", "Where tasks are queued.", "redis://:password@host:6379/1"),
}
"""The URL that each method reads, by its default name."""
_REPLICAS = "postgres://user:password@replica1:5432/name,postgres://user:password@replica2:5432/name"
BESIDE_DATABASES = {
    one.name: one
    for one in (
        Told(
            "SERVER_TYPE",
            "How requests are served.",
            "wsgi",
            secret=False,
            choices=("wsgi", "asgi", "gevent"),
        ),
        Told(
            "PROCESS_ROLE",
            "What this process does.",
            "web",
            secret=False,
            choices=("web", "worker", "scheduler", "migrate", "command"),
        ),
        Told(
            "DATABASE_POOLER",
            "The pool_mode of the PgBouncer before the database.",
            "none",
            secret=False,
            choices=("none", "session", "transaction"),
        ),
        Told("REQUEST_TIMEOUT", "Seconds until the server ends a request.", "30", secret=False),
        Told("TASK_TIMEOUT", "Seconds that a task may take.", "1500", secret=False),
        Told("REPLICA_URLS", "Read replicas, commas between.", _REPLICAS),
        Told(
            "DIRECT_URL",
            "The same database without the pooler: migrations use it.",
            "postgres://user:password@host:5432/name",
        ),
    )
}
"""Variables that `databases()` reads beside the URL; none is required."""
