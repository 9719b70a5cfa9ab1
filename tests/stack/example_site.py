"""A site for tests: a small project with Celery, every program found, ports as they come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tenfold.config import UpConfig
from tenfold.stack.service import Binary
from tenfold.stack.shape import DatabaseShape, Shape
from tenfold.stack.site import Site
from tenfold.topology.model import Machine, Work
from tenfold.topology.sizing import size

GIB = 1024**3
PORTS = {
    "http": 20080,
    "https": 20443,
    "postgres": 20432,
    "replica-1": 20433,
    "replica-2": 20434,
    "pooler": 20532,
    "cache": 20379,
    "broker": 20380,
    "broker-node": 20381,
    "epmd": 20382,
    "mail": 20025,
    "mail-web": 20026,
    "storage": 20900,
    "dashboard": 20555,
    "metrics": 20990,
    "metrics-edge": 20991,
    "metrics-nginx": 20992,
    "metrics-node": 20993,
    "metrics-postgres": 20994,
    "metrics-cache": 20995,
    "metrics-broker": 20996,
    "varnish": 20081,
    "app-1": 20801,
    "app-2": 20802,
}
PROGRAMS = (
    *("postgres", "valkey", "nginx", "pgbouncer", "memcached", "rabbitmq", "varnish", "prometheus", "rclone"),
    *("node-exporter", "postgres-exporter", "redis-exporter", "nginx-exporter"),
)


def make_shape(**changes: Any) -> Shape:
    shape = Shape(
        name="shop",
        root="/srv/shop",
        folder="/srv/shop",
        paths=("/srv/shop",),
        python="/srv/shop/.venv/bin/python",
        python_version=(3, 13),
        django=(6, 0),
        settings_module="shop.settings",
        wsgi="shop.wsgi:application",
        celery="shop.celery:app",
        scheduled=True,
        databases=(DatabaseShape("default", "django.db.backends.sqlite3", "db.sqlite3"),),
    )
    return replace(shape, **changes)


def make_site(folder: str = "/srv/shop/.tenfold", *, shape: Shape | None = None, **changes: Any) -> Site:
    """A site below `folder`; `changes` are fields of Site, "config" a dict of UpConfig's."""
    shape = shape or make_shape()
    config = UpConfig(**changes.pop("config", {}))
    work = Work(tasks=bool(shape.celery), replicas=config.replicas, pool_wished=config.pooler == "pool")
    site = Site(
        folder=folder,
        shape=shape,
        config=config,
        topology=size(Machine(cores=2, memory=4 * GIB, open_files=65_536), work),
        ports=PORTS,
        binaries={name: Binary(name, f"/opt/stack/bin/{name}", "wheel", "1.0") for name in PROGRAMS},
        secrets={
            name: f"{name}-secret"
            for name in (
                "database",
                "django",
                "broker",
                "dashboard",
                "metrics",
                "storage-key",
                "storage-secret",
            )
        },
        tool="/opt/tenfold/bin/python",
        environment={
            "DJANGO_SETTINGS_MODULE": "tenfold_settings",
            "PYTHONPATH": "/srv/shop/.tenfold/overlay",
        },
    )
    return replace(site, **changes)
