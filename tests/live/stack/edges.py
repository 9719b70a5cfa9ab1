"""An edge before two echoing applications, and a client that trusts its certificate."""

from __future__ import annotations

import http.client
import json
import ssl
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.stack.runner.certificates import keep_certificate
from tenfold.stack.service import Command, Fetches, Service
from tenfold.stack.services.edge.service import CERTIFICATE, plan, server_names

if TYPE_CHECKING:
    from tenfold.stack.site import Site
    from tests.live.stack.driving import Driver

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """What the application says that reached it."""
        told: dict[str, Any] = json.loads(self.body)
        return told


@dataclass
class Edge:
    """A running edge."""

    site: Site
    driver: Driver

    @property
    def port(self) -> int:
        return self.site.ports["https"]

    def context(self) -> ssl.SSLContext:
        """Trusts the stack's own authority and nothing else."""
        return ssl.create_default_context(cafile=self.site.path("etc/edge/authority.pem"))

    def fetch(self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """One request over TLS; names of headers with underscores for hyphens."""
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.context(), timeout=20)
        return ask(connection, path, method=method, body=body, **headers)

    def fetch_plain(self, path: str, *, method: str = "GET") -> Answer:
        """One request over plain HTTP."""
        return ask(
            http.client.HTTPConnection("127.0.0.1", self.site.ports["http"], timeout=20), path, method=method
        )


def ask(
    connection: http.client.HTTPConnection,
    path: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    **headers: str,
) -> Answer:
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=named)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def echo_service(site: Site, name: str) -> Service:
    words = (sys.executable, "-m", "tests.live.stack.echo_app", site.path(f"run/{name}.sock"), name)
    return Service(
        name=name,
        kind="app",
        title=name,
        command=Command(words, folder=str(ROOT)),
        ready=Fetches(socket=f"run/{name}.sock"),
        folders=("run",),
    )


def start_edge(site: Site, driver: Driver) -> Edge:
    """Two applications, a certificate, and the edge before them."""
    keep_certificate(Path(site.path(CERTIFICATE)).parent, server_names(site.shape.name))
    (edge,) = plan(site)
    for name in set(edge.needs) - driver.running.keys():
        driver.start(echo_service(site, name))
    driver.start(replace(edge, needs=()))
    return Edge(site, driver)
