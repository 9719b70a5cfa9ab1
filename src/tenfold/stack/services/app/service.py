"""The application: instances of gunicorn, granian or uvicorn, each on a Unix socket of its own.

There are two wherever the machine has two cores: when one is killed or replaced, the edge asks the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.overlay.commands import ASGI, WSGI, project_command
from tenfold.stack.presence import backing_services, prepared_by
from tenfold.stack.service import Command, Fetches, Service
from tenfold.stack.services.app import granian, gunicorn, uvicorn
from tenfold.stack.services.app.choice import choose_server, names_processes
from tenfold.stack.services.app.serving import FOLDER, Serving, read_version
from tenfold.stack.services.app.wrapper import WRAPPER, wrapper_environment, wrapper_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import BinaryNeed, File
    from tenfold.stack.site import Site, Wanted

NEEDS: tuple[BinaryNeed, ...] = ()
MARGIN = 5.0
"""Seconds beyond the server's own grace before the runner kills it."""


def ports(wanted: Wanted) -> tuple[str, ...]:
    """A port for each instance: they are used only where Unix sockets have no room for their path."""
    return tuple(f"app-{number}" for number in range(1, wanted.instances + 1))


def plan(site: Site) -> Iterator[Service]:
    """Every instance, each ready when it answers a request for `localhost` with whatever status."""
    for number in range(1, site.topology.app.instances.whole + 1):
        yield _instance(site, serving(site, f"app-{number}"))


def serving(site: Site, name: str) -> Serving:
    """What the instance `name` is told."""
    server = choose_server(site.config, site.shape)
    asgi = site.shape.interface == "asgi" or server == "uvicorn"
    interface = "asgi" if asgi else "wsgi"
    return Serving(
        name=name,
        project=site.shape.name,
        target=ASGI if interface == "asgi" else WSGI,
        size=site.topology.app,
        timeouts=site.topology.timeouts,
        socket=site.path(f"run/{name}.sock") if site.sockets else "",
        port=0 if site.sockets else site.ports[name],
        interface=interface,
        version=read_version(site.shape.installed.get(server, "")),
        configuration=site.path(f"{FOLDER}/{name}.gunicorn.conf.py"),
        wrapper="" if server == "gunicorn" else site.path(f"{FOLDER}/{WRAPPER}"),
        setproctitle=names_processes(site.config, site.shape),
        statsd=site.config.statsd,
    )


def _instance(site: Site, one: Serving) -> Service:
    server = choose_server(site.config, site.shape)
    socket = f"run/{one.name}.sock" if one.socket else ""
    return Service(
        name=one.name,
        kind="app",
        title=f"{server} with {one.size.workers.value} x {one.size.threads.value} threads",
        command=_command(site, one, server),
        ready=Fetches(port=one.port, socket=socket),
        needs=(*backing_services(site), *prepared_by(site)),
        files=_files(one, server),
        folders=("run", FOLDER),
        address=socket or one.address,
        stop_seconds=one.timeouts.graceful.seconds + MARGIN,
        reload_signal="HUP",
        sockets=(socket,) if socket else (),
        shell=project_command(site, "django", "shell", role="shell"),
    )


def _command(site: Site, one: Serving, server: str) -> Command:
    words = {
        "gunicorn": gunicorn.gunicorn_words,
        "granian": granian.granian_words,
        "uvicorn": uvicorn.uvicorn_words,
    }[server](one)
    made = project_command(site, server, *words, role="app")
    extra = gunicorn.ENVIRONMENT if server == "gunicorn" else wrapper_environment(one)
    return Command(made.words, {**made.environment, **extra}, made.folder)


def _files(one: Serving, server: str) -> tuple[File, ...]:
    return gunicorn.gunicorn_files(one) if server == "gunicorn" else (wrapper_file(),)
