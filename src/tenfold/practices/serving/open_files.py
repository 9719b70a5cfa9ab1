"""The limit of open files fits the connections.

A proxied request holds two descriptors of nginx: one to the client, one to the application. With 1024
connections and the usual soft limit of 1024 files, nginx answers errors ("Too many open files") at half the
load it was configured for, and only then.
Holds when `worker_rlimit_nofile` is at least twice `worker_connections`, or the connections fit the default.
A container's limit is its engine's (often a million, 1024 in newer ones) and cannot be told from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import InsertLines, ReplaceText
from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
    Safety,
)
from tenfold.project.edge import PASSES, nginx_in_container, production_nginx, start_origins
from tenfold.topology.open_files import SOFT_LIMIT, granted_files, needed_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Location, Project
    from tenfold.project.servers import Directive, NginxConfig

practice = Practice(
    __name__,
    held="Open-file limits fit the connections",
    broken="The proxy runs out of open files before it runs out of connections",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP61",),
    links=("https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile",),
    fix=Safety.SAFE,
)


def check(project: Project) -> Iterator[Judgement]:
    judged = False
    for config in production_nginx(project):
        connections = next(iter(config.find("worker_connections")), None)
        if connections is None or not any(True for name in PASSES for _ in config.find(name)):
            continue
        judged = True
        yield from _judge(config, connections, nginx_in_container(project))
    for app in project.servers.serving("gunicorn"):
        if app.concurrency == "green" and "systemd" in start_origins(project, app):
            judged = True
            yield CannotTell("LimitNOFILE of the unit that starts green workers is not read", app.where)
    if not judged:
        yield NotApplicable("no nginx of the repository sets worker_connections")


def _judge(config: NginxConfig, connections: Directive, container: Location | None) -> Iterator[Judgement]:
    limit = next(iter(config.find("worker_rlimit_nofile")), None)
    wanted, granted = _number(connections), _number(limit) if limit else SOFT_LIMIT
    if wanted is None or granted is None:
        yield CannotTell("worker_connections or worker_rlimit_nofile is a placeholder", connections.where)
    elif needed_files(wanted) > granted and limit is None and container is not None:
        yield CannotTell("nginx runs in a container, whose engine sets the limit of open files", container)
    elif needed_files(wanted) > granted:
        place = limit or next((d for d in config.top if d.name == "worker_processes"), connections)
        yield practice.finding(
            place.where,
            f"{wanted} connections of a worker need {needed_files(wanted)} open files; "
            + (f"worker_rlimit_nofile grants {granted}." if limit else f"the usual soft limit is {granted}."),
            remedy=f"worker_rlimit_nofile {granted_files(wanted)};",
            symbol=f"nginx {config.path} worker_rlimit_nofile",
            proof=f"worker_connections {wanted} at {connections.where}",
            impact=Impact.LOW if wanted <= SOFT_LIMIT else Impact.MEDIUM,
            # A limit that is not set is the host's: a unit or an image kept elsewhere may raise it.
            confidence=Confidence.PREVIEW if limit is None else Confidence.MEDIUM,
            related=(connections.where,),
            fixable=limit is not None or place is not connections,
        )


def _number(directive: Directive) -> int | None:
    text = directive.args[0] if directive.args else ""
    return int(text) if text.isdigit() else None


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The limit as four times the connections, below worker_processes."""
    path, line = finding.where.path, finding.where.line
    for config in project.servers.nginx:
        limits = [d for d in config.find("worker_rlimit_nofile") if d.where == finding.where]
        for limit in limits:
            yield ReplaceText(path, line, limit.args[0], finding.remedy.split()[1].rstrip(";"))
        if not limits and any(d.where == finding.where for d in config.top):
            yield InsertLines(path, line, (finding.remedy,))


EXAMPLES = (
    Breaks(
        {
            "nginx.conf": """
                worker_processes auto;
                events {
                    worker_connections 4096;
                }
                http {
                    server {
                        location / {
                            proxy_pass http://web:8000;
                        }
                    }
                }
            """
        },
        at="nginx.conf:1",
        fixed={
            "nginx.conf": """
                worker_processes auto;
                worker_rlimit_nofile 16384;
                events {
                    worker_connections 4096;
                }
                http {
                    server {
                        location / {
                            proxy_pass http://web:8000;
                        }
                    }
                }
            """
        },
    ),
    Holds(
        {
            "nginx.conf": """
                worker_rlimit_nofile 65535;
                events { worker_connections 4096; }
                http { server { location / { proxy_pass http://web:8000; } } }
            """
        }
    ),
    LooksAlike(
        {
            "nginx.conf": """
                events { worker_connections 1024; }
                http { server { location / { root /srv/www; } } }
            """
        },
        because="files are served, nothing is proxied",
    ),
    LooksAlike(
        {
            "nginx.conf": """
                events { worker_connections 2000; }
                http { server { location / { proxy_pass http://web:8000; } } }
            """,
            "docker-compose.yml": """
                services:
                  proxy:
                    image: nginx:alpine
                    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
            """,
        },
        because="the container's engine sets the limit",
    ),
    LooksAlike(
        {
            "nginx.conf": """
                events { worker_connections 1024; }
                http { server { location / { proxy_pass http://127.0.0.1:8000; } } }
            """,
            "Dockerfile": """
                FROM python:3.13
                COPY --from=example/nginx-static:1.25 /usr/bin/nginx /usr/bin/nginx
                COPY . /code
                CMD ["/code/start"]
            """,
        },
        because="the image brings nginx: the container's engine sets the limit",
    ),
)
