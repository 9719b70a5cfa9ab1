"""Where the parts of the stack are reached, as values for environment variables: final, or as a draft.

Settings are imported once before ports and secrets are settled (to learn what the project is); the draft
stands in for them there. It has the same form as the final values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.stack.addresses import DATABASE, LOOPBACK, USER, broker_url, public_url

if TYPE_CHECKING:
    from tenfold.stack.site import Site

BUCKET = "media"
"""The bucket of a project that names none."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Ports are numbers on the loopback address; 0 where the stack has no such service."""

    folder: str
    public: str
    """ "https://localhost:8443", without a slash at its end."""
    secret: str
    """For Django's SECRET_KEY."""
    password: str
    """Of the database."""
    postgres: int
    replica: int
    cache: int
    broker: str
    """A URL."""
    mail: int
    storage: int
    storage_key: str
    storage_secret: str

    def database_url(self, *, scheme: str = "postgres", name: str = DATABASE, replica: bool = False) -> str:
        """A database's URL: over TCP, with the password."""
        port = self.replica if replica and self.replica else self.postgres
        return f"{scheme}://{USER}:{self.password}@{LOOPBACK}:{port}/{name}"

    @property
    def cache_url(self) -> str:
        """Without a database number: code that appends one (`REDIS_URL + "/1"`) must find none."""
        return f"redis://{LOOPBACK}:{self.cache}"

    @property
    def storage_url(self) -> str:
        return f"http://{LOOPBACK}:{self.storage}" if self.storage else ""


def draft_endpoints(folder: str) -> Endpoints:
    """Stand-ins, for importing the settings before anything is settled. Nothing listens there."""
    return Endpoints(
        folder=folder,
        public="https://localhost:8443",
        secret="draft-" + "0123456789abcdef" * 4,
        password="draft",
        postgres=5432,
        replica=5433,
        cache=6379,
        broker=f"redis://{LOOPBACK}:6380/0",
        mail=1025,
        storage=9000,
        storage_key="draft",
        storage_secret="draft",
    )


def endpoints_of(site: Site) -> Endpoints:
    """The final values."""
    without = site.config.without
    has_replica = site.topology.work.replicas > 0 and "replica" not in without
    return Endpoints(
        folder=site.folder,
        public=public_url(site).rstrip("/"),
        secret=site.secrets["django"],
        password=site.secrets["database"],
        postgres=site.ports.get("postgres", 0),
        replica=site.ports.get("replica-1", 0) if has_replica else 0,
        cache=site.ports.get("cache", 0),
        broker=broker_url(site) if "broker" in site.ports else "",
        mail=0 if "mail" in without else site.ports.get("mail", 0),
        storage=0 if "storage" in without else site.ports.get("storage", 0),
        storage_key=site.secrets.get("storage-key", ""),
        storage_secret=site.secrets.get("storage-secret", ""),
    )
