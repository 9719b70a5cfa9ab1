from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.stack.inspected import Inspected
from tenfold.stack.overlay.databases import database_parts, own_databases, postgresql_engine
from tenfold.stack.shape import DatabaseShape
from tenfold.topology.model import Number
from tests.stack.example_site import make_shape, make_site

if TYPE_CHECKING:
    from tenfold.stack.site import Site

POSTGRES = "django.db.backends.postgresql"


def site_with(entries: dict[str, dict[str, Any]], *, connections: str = "pool", **changes: Any) -> Site:
    databases = tuple(
        DatabaseShape(alias, entry["ENGINE"], str(entry.get("NAME", "")), replica="replica" in alias)
        for alias, entry in entries.items()
    )
    facts = {"DATABASES": entries, "INSTALLED_APPS": []}
    inspected = Inspected(django="5.2", facts=facts, drivers=frozenset({"psycopg"}))
    shape = replace(make_shape(databases=databases, inspected=inspected), django=(5, 2))
    site = make_site(shape=shape, **changes)
    size = replace(site.topology.database, connections=Number(connections, "wished"))
    return replace(site, topology=replace(site.topology, database=size))


def settle(site: Site, alias: str, role: str = "app", before: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the operations of an alias make of its entry."""
    entry: dict[str, Any] = {"OPTIONS": {}} | (before or {})
    for part in database_parts(site):
        for one in part.operations:
            if one.path[:2] != ("DATABASES", alias) or (one.roles and role not in one.roles):
                continue
            holder = entry["OPTIONS"] if one.path[2:3] == ("OPTIONS",) and len(one.path) > 3 else entry
            if one.kind == "drop":
                holder.pop(one.path[-1], None)
            elif one.kind != "copy":
                holder[one.path[-1]] = one.value
    return entry


def test_an_engine_that_speaks_to_postgresql_is_kept_with_its_options() -> None:
    theirs = {"sslmode": "require", "isolation_level": 4, "options": "-c search_path=shop"}
    entry = {"ENGINE": "django_prometheus.db.backends.postgresql", "NAME": "x", "OPTIONS": theirs}
    made = settle(site_with({"default": entry}), "default", before={"OPTIONS": dict(theirs)})
    assert "ENGINE" not in made
    assert "sslmode" not in made["OPTIONS"]
    assert made["OPTIONS"]["isolation_level"] == 4
    assert made["OPTIONS"]["options"].startswith("-c search_path=shop -c statement_timeout=25000")


@pytest.mark.parametrize(
    ("engine", "gis", "made"),
    [
        ("django.db.backends.sqlite3", False, POSTGRES),
        ("django.db.backends.mysql", False, POSTGRES),
        ("django.contrib.gis.db.backends.spatialite", False, "django.contrib.gis.db.backends.postgis"),
        ("django.db.backends.sqlite3", True, "django.contrib.gis.db.backends.postgis"),
        ("django_prometheus.db.backends.sqlite3", False, "django_prometheus.db.backends.postgresql"),
        ("psqlextra.backend", False, "psqlextra.backend"),
        ("django_cockroachdb", False, POSTGRES),
    ],
)
def test_each_engine_finds_its_postgresql_one(engine: str, gis: bool, made: str) -> None:
    assert postgresql_engine(DatabaseShape("default", engine, "x"), gis=gis) == made


def test_options_of_another_database_are_not_handed_to_postgresql() -> None:
    theirs = {"init_command": "PRAGMA busy_timeout = 5000", "transaction_mode": "IMMEDIATE"}
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": "db", "OPTIONS": theirs}
    made = settle(site_with({"default": entry}), "default", before={"OPTIONS": dict(theirs)})
    assert made["ENGINE"] == POSTGRES
    assert not theirs.keys() & made["OPTIONS"].keys()


def test_only_the_application_pools_and_tasks_keep_their_one_connection() -> None:
    site = site_with({"default": {"ENGINE": POSTGRES, "NAME": "x"}})
    assert settle(site, "default")["OPTIONS"]["pool"]["max_size"] == site.topology.database.pool_max.whole
    worker, migrate = settle(site, "default", "worker"), settle(site, "default", "migrate")
    assert (worker["CONN_MAX_AGE"], migrate["CONN_MAX_AGE"]) == (600, 0)
    assert not {"pool"} & (worker["OPTIONS"].keys() | migrate["OPTIONS"].keys())


def test_psycopg2_gets_no_pool_that_it_does_not_know() -> None:
    site = site_with({"default": {"ENGINE": POSTGRES, "NAME": "x"}})
    inspected = replace(site.shape.inspected, drivers=frozenset({"psycopg2"}))
    made = settle(replace(site, shape=replace(site.shape, inspected=inspected)), "default")
    assert "pool" not in made["OPTIONS"]
    assert made["CONN_MAX_AGE"] == 600


def test_pgbouncer_is_asked_by_requests_and_by_nobody_else() -> None:
    site = site_with({"default": {"ENGINE": POSTGRES, "NAME": "x"}}, connections="pgbouncer")
    app = settle(site, "default")
    assert (app["PORT"], app["DISABLE_SERVER_SIDE_CURSORS"]) == (site.ports["pooler"], True)
    assert "options" not in app["OPTIONS"]  # PgBouncer refuses what it does not know at the start
    for role in ("migrate", "worker", "shell"):
        assert settle(site, "default", role)["PORT"] == site.ports["postgres"]


def test_tasks_may_take_as_long_as_tasks_may() -> None:
    site = site_with({"default": {"ENGINE": POSTGRES, "NAME": "x"}})
    limit = round(site.topology.tasks.soft_time_limit.seconds * 1000)
    assert f"statement_timeout={limit} " in settle(site, "default", "worker")["OPTIONS"]["options"]


def test_databases_that_were_apart_stay_apart() -> None:
    entries = {
        "default": {"ENGINE": POSTGRES, "NAME": "shop", "HOST": "a"},
        "logs": {"ENGINE": POSTGRES, "NAME": "logs", "HOST": "a"},
        "same": {"ENGINE": POSTGRES, "NAME": "shop", "HOST": "a"},
    }
    assert own_databases(site_with(entries)) == {"default": "app", "logs": "app_logs", "same": "app"}


def test_an_alias_that_reads_only_is_pointed_at_the_replica() -> None:
    site = site_with({"default": {"ENGINE": POSTGRES}, "my_replica": {"ENGINE": POSTGRES, "NAME": "x"}})
    made = settle(site, "my_replica")
    assert (made["PORT"], made["NAME"]) == (site.ports["replica-1"], "app")
    assert [part.change.what for part in database_parts(site)] == [
        "DATABASES['default']",
        "DATABASES['my_replica']",
    ]


def test_a_replica_alias_is_added_where_the_project_has_none() -> None:
    site = site_with({"default": {"ENGINE": POSTGRES, "NAME": "x"}})
    assert settle(site, "replica")["PORT"] == site.ports["replica-1"]
    alone = site_with({"default": {"ENGINE": POSTGRES, "NAME": "x"}}, config={"without": ("replica",)})
    assert [part.change.what for part in database_parts(alone)] == ["DATABASES['default']"]


def test_a_kept_database_is_not_touched() -> None:
    entries = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}}
    assert not list(database_parts(site_with(entries, keep_database=True)))
    assert not list(database_parts(site_with(entries, config={"database": "keep"})))


def test_no_password_is_shown_in_the_plan() -> None:
    site = site_with({"default": {"ENGINE": POSTGRES, "NAME": "x"}})
    shown = " ".join(str(part.change) for part in database_parts(site))
    assert site.secrets["database"] not in shown
