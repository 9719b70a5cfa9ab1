"""The packages that the stack adds to a project's environment: which are missing, in which version.

They are appended to the end of `sys.path`: what the project has itself is what it gets. A pinned table, so that
the same project runs on the same servers tomorrow; older interpreters get the last version made for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.version import Version

from tenfold.errors import TenfoldError
from tenfold.stack.presence import has_dashboard
from tenfold.stack.services.app.choice import choose_server, names_processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.config import UpConfig
    from tenfold.stack.shape import Shape

DRIVERS = ("psycopg", "psycopg2", "psycopg2-binary")
PSYCOPG_DJANGO = (4, 2)
"""The first Django that speaks through psycopg 3. https://docs.djangoproject.com/en/4.2/releases/4.2/"""
POOL_DJANGO = (5, 1)
"""The first Django with a pool of its own. https://docs.djangoproject.com/en/5.1/releases/5.1/"""


@dataclass(frozen=True, slots=True)
class Package:
    """A row of the table: `versions` by the first Python they are for, newest first."""

    versions: tuple[tuple[tuple[int, int], str], ...]
    needs: tuple[str, ...] = ()
    """Requirements with their markers, as its metadata states them."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A package that the project's environment lacks."""

    name: str
    version: str
    optional: bool = False
    """It is taken when Tenfold's own environment has it, and done without otherwise."""
    exact: bool = False
    """No other version will do."""

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}"


def _always(version: str) -> tuple[tuple[tuple[int, int], str], ...]:
    return (((3, 8), version),)


TABLE: Mapping[str, Package] = {
    "async-timeout": Package(_always("5.0.1")),
    "backports-zoneinfo": Package(_always("0.2.1")),
    "click": Package((((3, 10), "8.5.1"), ((3, 8), "8.1.8"))),
    "flower": Package(
        (((3, 10), "2.2.0"), ((3, 8), "2.0.1")),
        ("celery>=5.0.5", "tornado>=5.0.0,<7.0.0", "prometheus-client>=0.8.0", "humanize", "pytz"),
    ),
    "granian": Package((((3, 10), "2.8.7"), ((3, 9), "2.5.7")), ("click>=8.1.0",)),
    "gunicorn": Package((((3, 10), "27.0.1"), ((3, 8), "23.0.0")), ('packaging; python_version < "3.10"',)),
    "h11": Package(_always("0.16.0")),
    "httptools": Package((((3, 9), "0.9.0"),)),
    "humanize": Package((((3, 11), "4.17.0"), ((3, 9), "4.13.0"), ((3, 8), "4.10.0"))),
    "packaging": Package((((3, 9), "26.3"), ((3, 8), "26.2"))),
    "prometheus-client": Package((((3, 9), "0.26.0"), ((3, 8), "0.21.1"))),
    "psycopg": Package(
        (((3, 10), "3.3.9"), ((3, 8), "3.2.13")),
        (
            'typing-extensions>=4.6; python_version < "3.13"',
            'backports.zoneinfo>=0.2.0; python_version < "3.9"',
        ),
    ),
    "psycopg-binary": Package((((3, 10), "3.3.9"), ((3, 8), "3.2.13"))),
    "psycopg-pool": Package((((3, 10), "3.3.3"), ((3, 8), "3.2.8")), ("typing-extensions>=4.6",)),
    "psycopg2-binary": Package((((3, 10), "2.9.13"), ((3, 9), "2.9.12"), ((3, 8), "2.9.10"))),
    "pymemcache": Package(_always("4.0.0")),
    "pytz": Package(_always("2026.6")),
    "redis": Package(
        (((3, 10), "8.1.0"), ((3, 9), "7.0.1"), ((3, 8), "6.1.1")),
        ('async-timeout>=4.0.3; python_version < "3.11"',),
    ),
    "setproctitle": Package((((3, 10), "1.3.8"), ((3, 8), "1.3.7"))),
    "tornado": Package((((3, 9), "6.5.10"), ((3, 8), "6.4.2"))),
    "typing-extensions": Package((((3, 9), "4.16.0"), ((3, 8), "4.13.2"))),
    "uvicorn": Package(
        (((3, 10), "0.54.0"), ((3, 9), "0.39.0"), ((3, 8), "0.33.0")),
        ("click>=7.0", "h11>=0.8", 'typing-extensions>=4.0; python_version < "3.11"'),
    ),
    "uvicorn-worker": Package(
        (((3, 9), "0.4.0"), ((3, 8), "0.2.0")), ("gunicorn>=20.1.0", "uvicorn>=0.14.0")
    ),
    "uvloop": Package((((3, 8), "0.21.0"),)),
    "websockets": Package((((3, 10), "17.4"), ((3, 9), "15.0.1"), ((3, 8), "13.1"))),
}


def missing_packages(config: UpConfig, shape: Shape) -> tuple[Missing, ...]:
    """Everything that has to be added for this configuration, dependencies included, by name.

    Raises TenfoldError where a package of the project is too old for one that must be added.
    """
    found: dict[str, Missing] = {}
    for name, optional in _wanted(config, shape):
        _add(name, shape, found=found, optional=optional)
    for name, version in _matching(shape):
        found[name] = Missing(name, version, exact=True)
    return tuple(found[name] for name in sorted(found))


def _wanted(config: UpConfig, shape: Shape) -> Iterator[tuple[str, bool]]:
    """(name, whether it may be done without)."""
    yield from _server_packages(config, shape)
    yield from ((name, False) for name in _database_packages(config, shape))
    if config.cache == "valkey" or (shape.celery and config.broker == "valkey"):
        yield "redis", False
    if shape.celery and config.broker == "valkey":
        # kombu imports it for Redis, and asks for it only as kombu[redis].
        yield "packaging", False
    if config.cache == "memcached":
        yield "pymemcache", False
    if has_dashboard(config, shape):
        yield "flower", False


def _server_packages(config: UpConfig, shape: Shape) -> Iterator[tuple[str, bool]]:
    server = choose_server(config, shape)
    yield server, False
    yield "setproctitle", not names_processes(config, shape)
    asgi = shape.interface == "asgi" or server == "uvicorn"
    if asgi and server == "gunicorn":
        yield "uvicorn-worker", False
    if asgi and server != "granian":
        yield "websockets", "channels" not in shape.installed
        yield "httptools", True
        yield "uvloop", True


def _database_packages(config: UpConfig, shape: Shape) -> Iterator[str]:
    """A driver where it has none: one more beside its psycopg2 would be taken instead of it by Django."""
    if config.database == "keep":
        return
    if not any(name in shape.installed for name in DRIVERS):
        if shape.django < PSYCOPG_DJANGO:
            yield "psycopg2-binary"
            return
        yield "psycopg"
        yield "psycopg-binary"
    if shape.django >= POOL_DJANGO and not any(name.startswith("psycopg2") for name in shape.installed):
        yield "psycopg-pool"


def _matching(shape: Shape) -> Iterator[tuple[str, str]]:
    """psycopg in plain Python needs the system's libpq; its binary half must be of the very same version."""
    own = shape.installed.get("psycopg", "")
    if own and not {"psycopg-binary", "psycopg-c"} & shape.installed.keys():
        yield "psycopg-binary", own


def _add(name: str, shape: Shape, *, found: dict[str, Missing], optional: bool) -> None:
    if name in shape.installed or (name in found and (optional or not found[name].optional)):
        return
    version = pinned_version(name, shape.python_version)
    if not version:
        if optional:
            return
        raise _too_old(name, shape)
    found[name] = Missing(name, version, optional)
    for text in TABLE[name].needs:
        needed = Requirement(text)
        if needed.marker is None or needed.marker.evaluate(_environment(shape)):
            _refuse_conflict(name, needed, shape)
            _add(_normal(needed.name), shape, found=found, optional=optional)


def pinned_version(name: str, python: tuple[int, int]) -> str:
    """The version for an interpreter, "" when there is none for one so old."""
    return next((version for since, version in TABLE[name].versions if python >= since), "")


def _environment(shape: Shape) -> dict[str, str]:
    return {"python_version": "{}.{}".format(*shape.python_version)}


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _refuse_conflict(name: str, needed: Requirement, shape: Shape) -> None:
    own = shape.installed.get(_normal(needed.name), "")
    if own and not needed.specifier.contains(Version(own), prereleases=True):
        other = ' or set server = "gunicorn" in [tool.tenfold.up]' if name in ("granian", "uvicorn") else ""
        raise TenfoldError(
            f"{name} cannot run beside the project's {needed.name} {own}.",
            why=f"It needs {needed}; what the project has installed wins over what Tenfold adds.",
            next_step=f"Upgrade {needed.name} in the project's environment{other}.",
        )


def _too_old(name: str, shape: Shape) -> TenfoldError:
    python = "{}.{}".format(*shape.python_version)
    return TenfoldError(
        f"There is no {name} for Python {python}.",
        why="The project's interpreter is older than every version that the stack knows.",
        next_step="Run the project on Python 3.10 or later, or take another server in [tool.tenfold.up].",
    )
