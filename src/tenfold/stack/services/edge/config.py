"""nginx's configuration as a function of plain values: for the stack that runs here, and for exports.

Every path, host and number that differs between them is a field of `EdgeConfig`; nothing is looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

HEALTH = "/-/edge"
"""Answered by nginx itself with 204, on every port, to everybody who may ask."""
STATUS = "/nginx-status"
"""nginx's own counters, where the build has them: on the plain port, for the machine itself."""
HTTP2_DIRECTIVE = (1, 25, 1)
"""Before it, `http2` is a word of `listen`. https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2"""
LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeConfig:
    """What nginx.conf.j2 is rendered from. Paths may be relative to nginx's prefix (`-p`), those of Unix
    sockets to its working folder; certificates are best absolute (nginx takes them from the file's folder)."""

    # The program
    version: tuple[int, ...] = (1, 22, 0)
    """Of the nginx that will read it."""
    abilities: frozenset[str] = frozenset()
    """Optional modules that it has: "stub_status", "gzip_static", "brotli", "zstd"."""
    user: str = ""
    """ "root root" or "www-data"; "" leaves it out, as a master process without rights must."""
    processes: int | str = "auto"
    connections: int = 1024
    open_files: int = 4096
    pid: str = "run/edge.pid"
    error_log: str = "stderr"
    access_log: str = "logs/edge-access.log"
    """A file, /dev/stdout, or "off"."""
    temporary: str = "data/edge"
    """The folder of what nginx puts aside: large bodies, slow clients' answers."""
    mime_types: str = "mime.types"
    """Relative to the configuration's folder."""

    # Where it listens
    http: str = "80"
    """Argument of `listen` for plain HTTP: "127.0.0.1:20080", "80"."""
    https: str = ""
    """The same for TLS; "" serves everything over plain HTTP, behind something else that does TLS."""
    public_port: int = 443
    """The port that the redirect to HTTPS names."""
    names: tuple[str, ...] = ("_",)
    certificate: str = ""
    certificate_key: str = ""
    identity: str = ""
    """A word of this stack alone: HEALTH/identity is answered by no other nginx on the same port."""
    sticky: bool = True
    """Whether browsers may remember that this host is HTTPS: permanent redirects, HSTS. Not on localhost,
    where the next project would be caught by it."""
    hsts: str = ""
    """HSTS for an application that sends none: "max-age=31536000"."""

    # The application behind it
    backends: tuple[str, ...] = ()
    """Arguments of `server`: "unix:run/app-1.sock", "app:8000"."""
    balance: str = ""
    """ "least_conn", or "" for one after the other."""
    max_fails: int = 100
    fail_seconds: int = 1
    """A backend that failed `max_fails` times within them is left alone for as long; with 0 it never is."""
    keepalive: int = 32
    keepalive_seconds: int = 60
    """Must be less than the application's own."""
    connect_seconds: float = 2.0
    read_seconds: float = 35.0
    """The top of the ladder of timeouts."""
    shutdown_seconds: float = 30.0
    websockets: bool = False
    forwarded_proto: str = "$scheme"
    """ "$http_x_forwarded_proto" behind a balancer that does TLS and overwrites it."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks of such a balancer: what it says in X-Forwarded-For is taken for the client's address."""

    # What clients may do
    body: str = "100m"
    """The largest request; 413 beyond it."""
    rate: int = 0
    """Requests a second of one address; 0 for no limit."""
    burst: int = 0
    rate_exempt: tuple[str, ...] = ()
    """Networks without that limit."""

    # Files
    static_url: str = ""
    """ "/static/"; "" when something else serves them."""
    static_folders: tuple[str, ...] = ()
    """Absolute; the first that has the file."""
    media_url: str = ""
    media_folders: tuple[str, ...] = ()

    # Pages that the application calls cacheable
    cache_folder: str = ""
    """ "" for no cache."""
    cache_mebibytes: int = 256

    @property
    def static_locations(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """(name, URL, folders) of what is answered from disk, longest URL first in effect."""
        both = (
            ("static", self.static_url, self.static_folders),
            ("media", self.media_url, self.media_folders),
        )
        return tuple((name, url, folders) for name, url, folders in both if is_local(url) and folders)


def render_edge(config: EdgeConfig) -> str:
    """The text of nginx.conf. Raises ValueError when there is nothing to hand requests to."""
    if not config.backends:
        raise ValueError("an edge needs a backend")
    if config.https and not (config.certificate and config.certificate_key):
        raise ValueError("TLS needs a certificate and its key")
    return (
        _environment()
        .get_template("nginx.conf.j2")
        .render(edge=config, HEALTH=HEALTH, STATUS=STATUS, LOOPBACK_NETWORKS=LOOPBACK_NETWORKS)
    )


def mime_types() -> str:
    """The text of mime.types."""
    return _environment().get_template("mime.types").render()


def parse_version(text: str) -> tuple[int, ...]:
    """ "1.31.3" -> (1, 31, 3); the oldest that is supported when it cannot be read."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else (1, 22, 0)


def is_local(url: str) -> bool:
    """Whether a URL prefix is a folder of this very host: neither a CDN's, nor the whole host."""
    return url.startswith("/") and not url.startswith("//") and url.strip("/") != ""


def quote(text: str) -> str:
    """One argument of a directive, whatever characters it has. (A `$` would still be a variable.)"""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def seconds(value: float) -> str:
    """ "2s", "1500ms": nginx takes no fractions."""
    return f"{int(value)}s" if value == int(value) else f"{round(value * 1000)}ms"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("tenfold.stack.services.edge", ""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    made.filters.update(quoted=quote, seconds=seconds, pattern=re.escape)
    made.globals["HTTP2_DIRECTIVE"] = HTTP2_DIRECTIVE
    return made
