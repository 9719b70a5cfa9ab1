"""A host of one's own: where code, sockets, configuration and data stand, and the files of its servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.export import configs
from tenfold.stack.export.environment import Reach
from tenfold.stack.export.input import Exported
from tenfold.stack.export.processes import STATSD, Place, gunicorn_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.export.input import ExportInput

PASSWORD = "CHANGE_ME"


def code(one: ExportInput) -> str:
    """Where the release stands."""
    return f"/srv/{one.name}/current"


def python(one: ExportInput) -> str:
    return f"/srv/{one.name}/venv/bin/python"


def work_folder(one: ExportInput) -> str:
    """The folder of manage.py."""
    return f"{code(one)}/{one.paths.folder}" if one.paths.folder else code(one)


def media_folder(one: ExportInput) -> str:
    """Uploads outlive releases: MEDIA_ROOT links to it."""
    return f"{code(one)}/{one.paths.media_root}" if one.paths.media_root else ""


def static_folder(one: ExportInput) -> str:
    return f"{code(one)}/{one.paths.static_root}" if one.paths.static_root else ""


def reach(one: ExportInput, *, direct: bool = False) -> Reach:
    """Everything on this very host."""
    return Reach(
        host="127.0.0.1",
        port=6432 if one.pooled and not direct else 5432,
        cache="redis://127.0.0.1:6379",
        broker="redis://127.0.0.1:6380",
        password=PASSWORD,
        static_root=static_folder(one),
        media_root=media_folder(one),
        migrates=direct,
    )


def edge_place(one: ExportInput) -> configs.EdgePlace:
    """Where the host's nginx finds what it needs. Its unit hands it the certificate as a credential."""
    credentials = f"/run/credentials/{one.name}-edge.service"
    return configs.EdgePlace(
        backends=tuple(f"unix:/run/{one.name}/app-{number}.sock" for number in one.instances),
        static=static_folder(one),
        media=media_folder(one),
        certificate=f"{credentials}/tls.crt",
        key=f"{credentials}/tls.key",
        pid=f"/run/{one.name}-edge/nginx.pid",
        temporary=f"/var/lib/{one.name}-edge",
        cache=f"/var/cache/{one.name}-edge/pages",
        access_log=f"/var/log/{one.name}-edge/access.log",
        version=configs.DEBIAN_EDGE_VERSION,
    )


def configurations(one: ExportInput) -> Iterator[Exported]:
    """What belongs into /etc/NAME."""
    edge = edge_place(one)
    yield Exported("nginx.conf", configs.nginx_text(one, edge))
    configuration = f"/etc/{one.name}/gunicorn.conf.py"
    place = Place(
        python(one),
        socket=f"/run/{one.name}/app-1.sock",
        configuration=configuration,
        statsd=STATSD,
    )
    if text := gunicorn_text(one, place):
        yield Exported("gunicorn.conf.py", text)
    yield Exported("postgresql.conf", configs.postgres_text(one, addresses="localhost"))
    if one.pooled:
        folder = f"/run/credentials/{one.name}-pooler.service"
        pooler = configs.PoolerPlace(
            "127.0.0.1", users=f"{folder}/users.txt", access=f"{folder}/hba.conf", addresses="127.0.0.1"
        )
        yield Exported("pgbouncer.ini", configs.pgbouncer_text(one, pooler))
        yield Exported("pgbouncer-hba.conf", configs.pooler_access_text(()))
    local, state = "127.0.0.1", f"/var/lib/{one.name}"
    yield Exported("cache.conf", configs.cache_text(one, folder=f"{state}-cache", address=local))
    if one.celery:
        text = configs.broker_text(one, folder=f"{state}-broker", address=local, port=6380)
        yield Exported("broker.conf", text)
