"""A SQL database that the ORM supports fully serves production.

SQLite lets one writer in at a time and lives on one machine's disk: a second replica has another database.
Engines outside Django's own four lack parts of the ORM (transactions, window functions, `bulk_create` with
conflicts), and those parts are what the fast paths are built on.
Holds when every production database is PostgreSQL, MySQL or MariaDB, or Oracle. SQLite by an environment
variable's default is reported with medium confidence: the deployment may set it. Where a database URL of
the environment decides and SQLite is what runs without one, it cannot be told; neither where a variable of
the engine is set by production's own files, or beside a server that production's compose file starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.production import doubt_settings
from tenfold.project.repository import PRODUCTION, UNSURE
from tenfold.project.settings import MISSING, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Production runs on a database that the ORM supports fully",
    broken="Production can run on a database that does not scale with Django",
    impact=Impact.HIGH,
    confidence=Confidence.MEDIUM,
    sources=("BP36",),
    needs=("settings",),
    links=(
        "https://docs.djangoproject.com/en/stable/ref/databases/",
        "https://www.sqlite.org/whentouse.html",
    ),
)

_PARTIAL = {
    "djongo": "Djongo translates SQL to MongoDB and has not kept up with Django since 4.1",
    "django_mongodb_backend": "MongoDB has no joins across collections as the ORM writes them",
    "django_cassandra_engine": "Cassandra has neither joins nor transactions",
    "django_couchdb": "CouchDB has neither joins nor transactions",
}


def check(project: Project) -> Iterator[Judgement]:
    for why in doubt_settings(project):
        yield CannotTell(why)
        return
    aliases = list(project.settings.databases())
    if not aliases:
        yield CannotTell("DATABASES could not be told from the settings")
    for alias, _ in aliases:
        engines = project.settings.possible("DATABASES", alias, "ENGINE")
        if any(isinstance(p.value, str) and not _why_not(p.value) and not p.variable for p in engines):
            continue  # one branch reaches a full database: SQLite is the fallback of the others
        chosen = next((p for p in engines if p.value is MISSING and p.variable), None)
        if chosen is not None and len(engines) > 1:
            yield CannotTell(
                f"{chosen.variable} chooses the engine of {alias!r}; without it, SQLite", chosen.where
            )
            continue
        # Only where SQLite is what runs without the variable: that production sets it is no doubt otherwise.
        named = any(isinstance(p.value, str) for p in engines)
        if named and (
            served := next((s for p in engines if p.variable and (s := _served(project, p.variable))), "")
        ):
            yield CannotTell(f"{engines[0].variable} chooses the engine of {alias!r}, and {served}")
            continue
        for engine in engines:
            yield from _judge(alias, engine, alternatives=len(engines) > 1)


_SERVERS = ("postgres", "postgis", "timescale", "mysql", "mariadb", "cockroach")


def _served(project: Project, variable: str) -> str:
    """What shows that production sets the variable or runs a database server, "" when nothing does."""
    repository = project.repository
    for file in repository.environment_files:
        if not file.development and any(name == variable for name, _ in file.names):
            return f"{file.path} sets it"
    for compose in repository.compose:
        for service in compose.services if compose.purpose in (PRODUCTION, UNSURE) else ():
            if variable in service.environment:
                return f"{service.where} sets it"
            if any(name in service.image for name in _SERVERS):
                return f"{service.where} starts {service.image}"
    return ""


def _judge(alias: str, engine: Possible, *, alternatives: bool) -> Iterator[Judgement]:
    if isinstance(engine.value, Undetermined):
        yield CannotTell(f"DATABASES[{alias!r}] ENGINE: {engine.value.why}", engine.where)
    elif engine.value is MISSING and not engine.variable:
        yield CannotTell(f"DATABASES[{alias!r}] names no ENGINE", engine.where)
    elif isinstance(engine.value, str) and (why := _why_not(engine.value)):
        chosen = bool(engine.variable or engine.condition or alternatives)
        yield practice.finding(
            engine.where,
            f"The database {alias!r} runs on {engine.value.rpartition('.')[2]}"
            + (f" when {engine.condition}" if engine.condition else "")
            + (f", unless the environment sets {engine.variable}" if engine.variable else "")
            + f": {why}.",
            remedy='"ENGINE": "django.db.backends.postgresql"',
            symbol=f"DATABASES.{alias}.ENGINE",
            proof=engine.source,
            confidence=_confidence(alias, chosen=chosen),
            impact=Impact.HIGH if alias == "default" else Impact.MEDIUM,
        )


def _confidence(alias: str, *, chosen: bool) -> Confidence:
    """A second database is often a queue or a cache that each replica is meant to have for itself."""
    if alias != "default":
        return Confidence.PREVIEW
    return Confidence.MEDIUM


def _why_not(engine: str) -> str:
    if "sqlite" in engine or "spatialite" in engine:
        return "one writer at a time, on one machine's disk"
    return _PARTIAL.get(engine.partition(".")[0], "")


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.sqlite3",
                        "NAME": "db.sqlite3",
                    }
                }
            """
        },
        at="config/settings.py:3",
    ),
    Holds(
        {"config/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}\n'},
    ),
    Holds(
        {
            "config/settings.py": """
                from django_tenfold.conf import Environment

                env = Environment()
                DATABASES = env.databases()
            """,
            ".env.example": "DATABASE_URL=\n",
        },
    ),
    LooksAlike(
        {
            "config/settings.py": """
                import os

                if os.environ.get("DB") == "postgres":
                    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
                else:
                    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
            """
        },
        because="the deployment chooses, and PostgreSQL is one of its choices",
    ),
    LooksAlike(
        {
            "config/settings.py": """
                import os

                DATABASES = {"default": {"ENGINE": os.environ.get("ENGINE", "django.db.backends.sqlite3")}}
            """,
            "docker-compose.prod.yml": """
                services:
                  db:
                    image: postgres:17
            """,
        },
        because="production's compose file starts the server that the variable is there for",
    ),
)
