"""Facts of the servers' own configuration: gunicorn, uwsgi, nginx."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.project.settings_values import Missing, Reference, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.model import Location
    from tenfold.project.settings import Possible


@dataclass(frozen=True)
class AppServer:
    """One application server as production starts it: its command line and configuration file merged.

    `kind` is "gunicorn", "uwsgi", "uvicorn", "daphne", "granian", "hypercorn", "mod_wsgi", "waitress".
    `options` holds the option names of the server's own configuration file ("workers",
    "worker_class", "keepalive", "max_requests", ...; uwsgi: "processes", "harakiri", ...).
    """

    kind: str
    where: Location
    service: str
    purpose: str
    options: Mapping[str, tuple[Possible, ...]]
    config_path: str = ""
    complete: bool = True
    """False when a file it names is not in the repository, or its arguments come from a variable."""

    def possible(self, name: str) -> tuple[Possible, ...]:
        """Every value the option can have; () when it is left at the server's default."""
        return self.options.get(name, ())

    def likely(self, name: str) -> Possible | None:
        """The one value that runs unless the environment says otherwise; None when it is left at the
        server's default, or cannot be told (`possible` tells which)."""
        values = self.possible(name)
        if len(values) != 1 or isinstance(values[0].value, Missing | Undetermined | Reference):
            return None
        return values[0]

    def number(self, name: str, default: int) -> int | None:
        """`name` as a number: `default` where it is not set, None where it cannot be told."""
        if not self.possible(name):
            return default
        found = self.likely(name)
        if found is None or isinstance(found.value, bool):
            return None
        return int(found.value) if isinstance(found.value, int | float) else None

    @property
    def concurrency(self) -> str:
        """How a worker of gunicorn or another server handles requests: "sync" (one at a time), "threads",
        "green" (gevent, eventlet), "asgi" (an event loop), "" when it cannot be told."""
        if self.kind == "gunicorn":
            return self._gunicorn_concurrency()
        if self.kind == "uwsgi":
            if any(self.possible(name) for name in ("gevent", "asyncio", "async", "ugreen")):
                return "green"
            threads = self.number("threads", 1)
            return "" if threads is None else "threads" if threads > 1 else "sync"
        if self.kind in ("uvicorn", "daphne", "hypercorn"):
            return "asgi"
        return "threads" if self.kind in ("waitress", "mod_wsgi") else ""

    def _gunicorn_concurrency(self) -> str:
        found = self.likely("worker_class")
        if found is None and self.possible("worker_class"):
            return ""
        name = str(found.value if found else "sync").rpartition("#")[2].lower()
        if name == "sync":
            # gunicorn itself turns sync into gthread when threads are asked for.
            threads = self.number("threads", 1)
            return "" if threads is None else "threads" if threads > 1 else "sync"
        kinds = (("gthread", "threads"), ("gevent", "green"), ("eventlet", "green"), ("uvicorn", "asgi"))
        return next((kind for word, kind in kinds if word in name), "asgi" if name == "asgi" else "")


@dataclass(frozen=True, slots=True)
class Directive:
    """One nginx directive; `block` holds its children, None for a simple directive."""

    name: str
    args: tuple[str, ...]
    where: Location
    block: tuple[Directive, ...] | None = None

    def walk(self) -> Iterator[Directive]:
        """Itself and everything inside."""
        yield self
        for child in self.block or ():
            yield from child.walk()

    def find(self, name: str) -> Iterator[Directive]:
        """Directives of that name anywhere inside (itself not included)."""
        return (d for child in self.block or () for d in child.walk() if d.name == name)

    def own(self, name: str) -> Directive | None:
        """The last directive of that name directly inside this block."""
        return next((d for d in reversed(self.block or ()) if d.name == name), None)


@dataclass(frozen=True)
class NginxConfig:
    """One nginx configuration with its includes put in place. `top` are the outermost directives."""

    path: str
    purpose: str
    top: tuple[Directive, ...]

    def find(self, name: str) -> Iterator[Directive]:
        """Directives of that name anywhere."""
        return (d for top in self.top for d in top.walk() if d.name == name)


@dataclass(frozen=True)
class Servers:
    apps: tuple[AppServer, ...] = ()
    nginx: tuple[NginxConfig, ...] = ()
    other_proxies: tuple[Location, ...] = field(default=())
    """Caddyfile, traefik, haproxy, Apache, a platform's own router: a proxy that is not nginx."""

    def serving(self, *kinds: str) -> tuple[AppServer, ...]:
        """Application servers of production (or of an unsure purpose), one per configuration and place.

        With `kinds` only those: `serving("gunicorn")`. A file that nothing starts counts only when no
        start command of the kind was found.
        """
        found = [
            a for a in self.apps if a.purpose in ("production", "unsure") and (not kinds or a.kind in kinds)
        ]
        production = [a for a in found if a.purpose == "production"]
        unique = {(a.kind, a.config_path or str(a.where)): a for a in reversed(production or found)}
        return tuple(reversed(unique.values()))
