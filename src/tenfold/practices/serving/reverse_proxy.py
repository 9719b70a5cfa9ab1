"""A reverse proxy in front buffers slow clients, and tells Django who asks.

A worker that writes to a phone on a bad line is busy until the last byte: a few hundred slow clients hold
every worker of an application server that stands in the open. nginx takes the response in milliseconds and
does the waiting, unless `proxy_buffering off` hands it back. Its defaults do not fit Django everywhere: it
replaces the Host header, refuses uploads over 1 MB with 413, and opens a new connection to the application
for every request.
Holds when a proxy or a platform's router stands in front, buffers, and passes Host and X-Forwarded-For on.
A proxy that another repository configures cannot be told. Locations for streams (events, sse, ws) may go
unbuffered.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.edits.model import InsertLines
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.edge import (
    other_proxy,
    platform_router,
    production_nginx,
    published_directly,
    to_application,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.edge import Proxied
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="A reverse proxy buffers clients and passes on who asks",
    broken="Slow clients or lost headers reach the application server",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("DS2", "BP62", "FB5"),
    links=(
        "https://docs.gunicorn.org/en/stable/deploy.html",
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html",
    ),
    fix=Safety.UNSAFE,
)

_STREAM = re.compile(r"stream|event|sse|ws\b|socket|channel|live|upload|download|mcp|hook", re.IGNORECASE)
_HEADERS = {
    "host": ("Host", "$host"),
    "x-forwarded-for": ("X-Forwarded-For", "$proxy_add_x_forwarded_for"),
    "x-forwarded-proto": ("X-Forwarded-Proto", "$scheme"),
}
_UPLOADS = ("FileField", "ImageField", "ThumbnailerImageField", "ThumbnailerField", "StdImageField")


def check(project: Project) -> Iterator[Judgement]:
    configs = production_nginx(project)
    places = to_application(project)
    if configs and not places:
        yield CannotTell(
            "the repository's nginx passes no request to the application, as far as it can be read"
        )
    elif not configs and not other_proxy(project) and not platform_router(project):
        yield from _in_the_open(project)
    for place in places:
        yield from _unbuffered(place)
        yield from _lost_headers(project, place)
    yield from _new_connections(project, places)
    yield from _small_bodies(project, places)


def _in_the_open(project: Project) -> Iterator[Judgement]:
    direct = published_directly(project)
    for app, service, port in direct:
        yield practice.finding(
            service.where,
            f"{service.name} publishes {app.kind} itself ({port}) and no proxy stands in the file: each slow"
            " client holds a worker.",
            remedy="Put nginx, Caddy or a load balancer on 80 and 443, and keep the service's port inside.",
            symbol=f"{service.name} ports",
            proof=f"ports: {port}",
            impact=Impact.HIGH,
            confidence=Confidence.PREVIEW,
            fixable=False,
        )
    if not direct:
        yield CannotTell("no proxy is configured in the repository; another one may hold it")


def _unbuffered(place: Proxied) -> Iterator[Judgement]:
    name = place.passing.name.replace("_pass", "_buffering")
    buffering = place.nearest(name)
    if buffering is None or buffering.args[:1] != ("off",) or _STREAM.search(place.path):
        return
    yield practice.finding(
        buffering.where,
        f"nginx does not buffer responses of {place.path or 'the server'} ({name} off): a slow client holds a"
        " worker until the last byte.",
        remedy=f"{name} on;  # off only in the locations of streams",
        symbol=f"nginx {name} {place.path}",
        confidence=Confidence.PREVIEW,
        fixable=False,
    )


def _lost_headers(project: Project, place: Proxied) -> Iterator[Judgement]:
    headers = place.headers()
    if place.passing.name != "proxy_pass" or headers is None:
        return
    # With SECURE_PROXY_SSL_HEADER set, a missing X-Forwarded-Proto is a question of trust: serving/tls-at-edge.
    # An nginx that speaks plain HTTP itself has no other scheme to tell.
    trusted = bool(project.settings.possible("SECURE_PROXY_SSL_HEADER"))
    unneeded = not place.ends_tls and {"host", "x-forwarded-for"} <= headers.keys()
    passed = {
        "host": "x-forwarded-host" in headers
        and any(p.value is True for p in project.settings.possible("USE_X_FORWARDED_HOST")),
        "x-forwarded-for": "x-real-ip" in headers and _reads(project, "HTTP_X_REAL_IP", "X-Real-IP"),
        "x-forwarded-proto": trusted or unneeded,
    }
    missing = [header for name, header in _HEADERS.items() if name not in headers and not passed[name]]
    if not missing:
        return
    names = [name for name, _ in missing]
    yield practice.finding(
        place.passing.where,
        f"nginx passes {place.path or 'requests'} on without {', '.join(names)}: "
        + (
            "Django sees the upstream's name as host"
            if "Host" in names
            else "Django sees every request as the proxy's"
            if "X-Forwarded-For" in names
            else "Django takes every request for plain HTTP"
        )
        + ".",
        remedy="\n".join(f"proxy_set_header {name} {value};" for name, value in missing),
        symbol=f"nginx headers {place.path}",
        impact=Impact.HIGH
        if "Host" in names
        else Impact.MEDIUM
        if "X-Forwarded-For" in names
        else Impact.LOW,
        confidence=Confidence.PREVIEW,
    )


def _reads(project: Project, *names: str) -> bool:
    """Whether the project's own code names a header."""
    return any(name in module.strings for module in project.source for name in names)


def _new_connections(project: Project, places: tuple[Proxied, ...]) -> Iterator[Judgement]:
    """An upstream without keepalive in front of a server that would keep connections."""
    servers = project.servers.serving()
    keeping = [a for a in servers if a.concurrency in ("threads", "green", "asgi") and a.kind != "uwsgi"]
    seen = set()
    for place in places:
        upstream = place.upstream
        if upstream is None or upstream.where in seen or place.passing.name != "proxy_pass" or not keeping:
            continue
        seen.add(upstream.where)
        sockets = all(d.args[:1] and d.args[0].startswith("unix:") for d in upstream.find("server"))
        headers = place.headers()
        version = place.nearest("proxy_http_version")
        kept = upstream.own("keepalive") is not None
        if sockets or headers is None or (kept and version is not None and "connection" in headers):
            continue
        yield practice.finding(
            upstream.where,
            f"nginx opens a new connection to {place.target} for each request: "
            + ("keepalive needs HTTP/1.1 and an empty Connection header." if kept else "no keepalive."),
            remedy="keepalive 32;  # in the upstream\nproxy_http_version 1.1;\nproxy_set_header Connection '';",
            symbol=f"nginx upstream {place.target}",
            impact=Impact.LOW,
            confidence=Confidence.PREVIEW,
            fixable=False,
        )


def _small_bodies(project: Project, places: tuple[Proxied, ...]) -> Iterator[Judgement]:
    fields = [f for m in project.models.all for f in m.fields if f.kind.rpartition(".")[2] in _UPLOADS]
    seen = set()
    for place in places:
        server = place.server
        if not fields or server is None or server.where in seen:
            continue
        seen.add(server.where)
        everything = [d for top in (server, *place.around) for d in top.walk()]
        if place.nearest("client_max_body_size") or any(
            d.name == "client_max_body_size" or (d.name == "include" and "mime.types" not in "".join(d.args))
            for d in everything
        ):
            continue
        yield practice.finding(
            server.where,
            f"nginx refuses every upload over 1 MB (413), its default, and {len(fields)} fields of the models take"
            " files.",
            remedy="client_max_body_size 20m;",
            symbol=f"nginx client_max_body_size {place.config.path}",
            proof=f"{fields[0].where}: {fields[0].name} is a {fields[0].kind.rpartition('.')[2]}",
            confidence=Confidence.PREVIEW,
            related=(fields[0].where,),
            fixable=False,
        )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The missing headers, at the level whose headers are in force; unsafe: what reads them changes."""
    for place in to_application(project):
        headers = place.headers()
        if place.passing.where != finding.where or headers is None:
            continue
        own = [directive for _, directive in headers.values()]
        anchor = own[-1] if own else place.passing
        depth = len(place.around) - _levels_up(place, anchor.where)
        lines = tuple(f"{'    ' * depth}{line}" for line in finding.remedy.split("\n"))
        yield InsertLines(anchor.where.path, anchor.where.line, lines)


def _levels_up(place: Proxied, where: object) -> int:
    """How many blocks outside the location the directive stands."""
    for up, block in enumerate(reversed(place.around)):
        if any(d.where == where for d in block.block or ()):
            return up
    return len(place.around)


EXAMPLES = (
    Breaks(
        {
            "nginx.conf": """
                server {
                    listen 80;
                    location / {
                        proxy_pass http://127.0.0.1:8000;
                        proxy_set_header X-Real-IP $remote_addr;
                    }
                }
            """
        },
        at="nginx.conf:4",
        fixed={
            "nginx.conf": """
                server {
                    listen 80;
                    location / {
                        proxy_pass http://127.0.0.1:8000;
                        proxy_set_header X-Real-IP $remote_addr;
                        proxy_set_header Host $host;
                        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        proxy_set_header X-Forwarded-Proto $scheme;
                    }
                }
            """
        },
    ),
    Breaks(
        {
            "docker-compose.prod.yml": """
                services:
                  web:
                    image: shop
                    command: gunicorn config.wsgi --workers 4
                    ports: ["80:8000"]
            """
        },
        at="docker-compose.prod.yml:2",
    ),
    Breaks(
        {
            "nginx.conf": """
                server {
                    listen 80;
                    proxy_buffering off;
                    include proxy_params;
                    location / {
                        proxy_pass http://web:8000;
                    }
                }
            """
        },
        at="nginx.conf:3",
    ),
    Holds(
        {
            "nginx.conf": """
                server {
                    listen 80;
                    location / {
                        include proxy_params;
                        proxy_pass http://127.0.0.1:8000;
                    }
                }
            """
        }
    ),
    Holds({"fly.toml": 'app = "shop"\n'}),
    LooksAlike(
        {
            "nginx.conf": """
                server {
                    listen 80;
                    proxy_set_header Host $host;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    proxy_set_header X-Forwarded-Proto $scheme;
                    location / { proxy_pass http://web:8000; }
                    location /events/ { proxy_buffering off; proxy_pass http://web:8000; }
                    location /media/ { proxy_pass http://storage:9000; }
                }
            """
        },
        because="a stream may go unbuffered, and the storage is not the application",
    ),
    LooksAlike(
        {
            "nginx.conf": """
                server {
                    location / {
                        proxy_pass http://127.0.0.1:8000;
                        proxy_set_header X-Forwarded-Host $http_host;
                        proxy_set_header X-Real-IP $remote_addr;
                        proxy_set_header X-Forwarded-Proto $scheme;
                    }
                }
            """,
            "config/settings.py": "USE_X_FORWARDED_HOST = True\n",
            "shop/clients.py": 'def address(request):\n    return request.META["HTTP_X_REAL_IP"]\n',
        },
        because="Django reads the host and the client's address from other headers",
    ),
    LooksAlike(
        {
            "nginx.conf": """
                server {
                    listen 80;
                    location / {
                        proxy_pass http://127.0.0.1:8000;
                        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        proxy_set_header Host $host;
                    }
                }
            """
        },
        because="an nginx without TLS could only tell http, which Django takes every request for",
    ),
)
