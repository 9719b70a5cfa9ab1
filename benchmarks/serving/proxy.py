"""nginx as an operator writes it by hand, in front of one server."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from serving.contenders import Contender, running, wait_for
from serving.load import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.contenders import Stack

CONFIGURATION = """\
{user}
worker_processes 2;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log {folder}/access.log combined buffer=64k flush=1s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream application {{ server {upstream}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificates}/certificate.pem;
        ssl_certificate_key {certificates}/key.pem;
        ssl_session_cache shared:tls:10m;
        location / {{
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host localhost;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto https;
        }}
    }}
}}
"""


@contextmanager
def behind_nginx(name: str, stack: Stack, behind: Contender, *, folder: Path) -> Iterator[Contender]:
    """`behind` through nginx with TLS: the stack's own nginx and certificate, a configuration of its own."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    text = render_nginx(
        behind.url.removeprefix("http://"), port, folder=folder, certificates=stack.folder / "etc" / "edge"
    )
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    words = [find_nginx(stack), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with running([*words, "-g", "daemon off;"], folder=folder, environment=os.environ) as process:
        wait_for(port, process)
        yield Contender(name, f"https://localhost:{port}", (*behind.processes, process.pid))


def render_nginx(upstream: str, port: int, *, folder: Path, certificates: Path) -> str:
    """`upstream` is an address or "unix:PATH"."""
    user = "user root root;" if os.geteuid() == 0 else ""
    return CONFIGURATION.format(
        user=user, upstream=upstream, port=port, folder=folder, certificates=certificates
    )


def find_nginx(stack: Stack) -> str:
    """The program that the stack runs."""
    plan = json.loads((stack.folder / "plan.json").read_text(encoding="utf-8"))
    edge = next(one for one in plan["services"] if one["name"] == "edge")
    return str(edge["command"]["words"][0])
