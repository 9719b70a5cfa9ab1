"""What the project's own interpreter says of the project: the answer of `overlay/files/inspect_project.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenfold.stack.variables import Variable


_VERSION = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Failure:
    """What importing the settings raised."""

    type: str
    message: str
    file: str = ""
    """The project's own file, relative to its root; "" when none of its lines took part."""
    line: int = 0
    variable: str = ""
    """The environment variable that `os.environ[...]` was asked for and did not have."""


@dataclass(frozen=True)
class Inspected:
    """`facts` holds settings by name as plain data; what is no plain data is {"$object": class name}."""

    executable: str = ""
    python: tuple[int, int] = (0, 0)
    suffix: str = ""
    """Of its extension modules: ".cpython-313-x86_64-linux-gnu.so"."""
    django: str = ""
    installed: Mapping[str, str] = field(default_factory=dict)
    """Normalised distribution name -> version."""
    drivers: frozenset[str] = frozenset()
    """Of "psycopg", "psycopg2" and "psycopg_pool", those that it can import."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    """Settings that the project sets itself."""
    configuration: str = ""
    """The class that django-configurations loads, as manage.py names it."""
    failure: Failure | None = None
    variables: tuple[Variable, ...] = ()
    """What its settings read from the environment."""
    demanded: frozenset[str] = frozenset()
    """Variables that it did not start without, beside those that are always given."""
    kept: frozenset[str] = frozenset()
    """Variables that its own .env files set."""
    static_stamp: str = ""
    """Changes with every static file and template of the project (names, sizes, times)."""
    plain: frozenset[str] = frozenset()
    """Switches that must be written 0 where False was not understood."""

    @property
    def django_version(self) -> tuple[int, int]:
        found = _VERSION.match(self.django)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def text(self, name: str) -> str:
        """A setting as text, "" when it is not set or is no text."""
        value = self.facts.get(name)
        return value if isinstance(value, str) else ""

    def entries(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """A setting that maps names to dictionaries: DATABASES, CACHES, STORAGES, MAILERS."""
        value = self.facts.get(name)
        if not isinstance(value, Mapping):
            return {}
        return {key: item for key, item in value.items() if isinstance(item, Mapping)}

    def items(self, name: str) -> tuple[str, ...]:
        """A setting that lists texts."""
        value = self.facts.get(name)
        if isinstance(value, str) or not isinstance(value, Sequence):
            return ()
        return tuple(item for item in value if isinstance(item, str))

    @property
    def counts_itself(self) -> bool:
        """Whether it answers Prometheus: with the block django_tenfold.observability."""
        middleware = "django_tenfold.observability.health_middleware.HealthMiddleware"
        return middleware in self.items("MIDDLEWARE")

    @property
    def psycopg(self) -> int:
        """The PostgreSQL driver that Django takes: 3, 2, or 0 when the project can import none."""
        if "psycopg" in self.drivers and self.django_version >= (4, 2):
            return 3
        return 2 if "psycopg2" in self.drivers else 0


def read_answer(data: Mapping[str, Any]) -> Inspected:
    """The script's JSON as `Inspected`. Raises KeyError, TypeError for what is no such answer."""
    failure = data["failure"]
    return Inspected(
        executable=str(data["executable"]),
        python=(int(data["python"][0]), int(data["python"][1])),
        suffix=str(data["suffix"]),
        django=str(data["django"]),
        installed=dict(data["installed"]),
        drivers=frozenset(data["drivers"]),
        facts=dict(data.get("facts", {})),
        names=frozenset(data.get("names", ())),
        failure=Failure(**failure) if failure else None,
    )
