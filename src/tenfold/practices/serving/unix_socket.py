"""A proxy and an application server on one host speak over a Unix socket.

A socket saves the TCP handshake and the copy through the network stack on each request, cannot run out of
ephemeral ports, and nothing but the proxy can reach the application behind its headers. The gain is small
beside a database query, so this is the last thing to mend.
Holds when nginx passes to `unix:...`, or to another host or container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
)
from tenfold.project.edge import production_nginx, to_application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.edge import Proxied
    from tenfold.project.model import Location, Project

practice = Practice(
    __name__,
    held="Proxy and application server speak over a Unix socket, or stand on different hosts",
    broken="Proxy and application server on one host speak over TCP",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP60",),
    links=("https://docs.gunicorn.org/en/stable/deploy.html#nginx-configuration",),
)

_LOOPBACK = ("127.0.0.1:", "localhost:", "[::1]:")


def check(project: Project) -> Iterator[Judgement]:
    if not production_nginx(project):
        if project.servers.other_proxies or project.servers.serving():
            yield NotApplicable("no nginx of the repository stands in front of the application")
        else:
            yield CannotTell("nothing in the repository says what stands in front of the application")
        return
    seen = set()
    socket = f"unix:/run/{project.name}/web.sock"
    for place in to_application(project):
        for where, address in _addresses(place):
            if where in seen or not address.startswith(_LOOPBACK):
                continue
            seen.add(where)
            yield practice.finding(
                where,
                f"nginx passes to {address} on its own host: a TCP connection where a Unix socket would do.",
                remedy=f"server {socket};  # and gunicorn --bind {socket}",
                symbol=f"nginx {address}",
                confidence=Confidence.MEDIUM,
            )


def _addresses(place: Proxied) -> Iterator[tuple[Location, str]]:
    """The servers behind a location: those of its upstream, else its own target."""
    upstream = place.upstream
    if upstream is None:
        yield place.passing.where, place.target
        return
    for server in upstream.find("server"):
        yield server.where, server.args[0] if server.args else ""


EXAMPLES = (
    Breaks(
        {
            "nginx.conf": """
                upstream django {
                    server 127.0.0.1:8000;
                }
                server {
                    location / {
                        proxy_pass http://django;
                    }
                }
            """
        },
        at="nginx.conf:2",
    ),
    Holds(
        {
            "nginx.conf": """
                upstream django {
                    server unix:/run/shop/web.sock;
                }
                server {
                    location / {
                        proxy_pass http://django;
                    }
                }
            """
        }
    ),
    LooksAlike(
        {"nginx.conf": "server {\n    location / {\n        proxy_pass http://web:8000;\n    }\n}\n"},
        because="the application is another container",
    ),
)
