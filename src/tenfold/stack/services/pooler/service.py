"""PgBouncer in transaction mode: many processes share few connections to PostgreSQL.

Migrations and shells go past it, to the primary's own port: session state (advisory locks, SET, LISTEN) does
not outlive a transaction here. https://www.pgbouncer.org/features.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.addresses import DATABASE, LOOPBACK, USER, database_host
from tenfold.stack.service import BinaryNeed, Command, File, Service, Succeeds
from tenfold.stack.services.pooler.configuration import Between, render_pooler, render_users
from tenfold.stack.services.postgres.clients import ask, open_shell, reach_server
from tenfold.stack.services.postgres.configuration import SUPERUSER, render_access

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.site import Site, Wanted

PGBOUNCER = BinaryNeed(
    name="pgbouncer",
    programs=("pgbouncer",),
    package="pgbouncer",
    without="connections that the project's own processes keep",
    least="1.12",
)
NEEDS = (PGBOUNCER,)
CONSOLE = "pgbouncer"
"""PgBouncer's own database, which answers SHOW POOLS."""


def ports(wanted: Wanted) -> tuple[str, ...]:
    config = wanted.config
    return ("pooler",) if config.database != "keep" and config.pooler in ("auto", "pgbouncer") else ()


def plan(site: Site) -> Iterator[Service]:
    """Nothing unless the topology has one. Raises TenfoldError without the program."""
    config = site.config
    if site.keep_database or config.database == "keep" or not has_pooler(site):
        return
    binary = site.program(PGBOUNCER, wanted_by='`pooler = "pgbouncer"`')
    server = reach_server(site, "pooler")
    port = site.ports["pooler"]
    between = Between(
        port=port,
        server_host=database_host(site),
        server_port=site.ports["postgres"],
        database=DATABASE,
        access_file=site.path("etc/pooler/hba.conf"),
        users_file=site.path("etc/pooler/users.txt"),
        sockets=site.path("run") if site.sockets else "",
    )
    password = site.secrets["database"]
    socket = f"run/.s.PGSQL.{port}"
    settings = render_pooler(site.topology, between, prepares="prepared_statements" not in binary.lacks)
    yield Service(
        name="pooler",
        kind="pooler",
        title=f"PgBouncer {binary.version}, transaction mode".replace("  ", " "),
        command=Command((binary.path, site.path("etc/pooler/pgbouncer.ini")), unprivileged=True),
        ready=Succeeds(ask(server, "select 1"), "1"),
        needs=("postgres",),
        files=(
            File("etc/pooler/pgbouncer.ini", settings),
            File("etc/pooler/hba.conf", render_access(replication=False)),
            File("etc/pooler/users.txt", render_users({USER: password, SUPERUSER: password}), mode=0o600),
        ),
        folders=("run", "etc/pooler"),
        address=f"{LOOPBACK}:{port}",
        binary=binary,
        # TERM waits for clients to leave since 1.23, and before that cuts off transactions.
        stop_signal="INT",
        stop_seconds=5.0,
        reload_signal="HUP",
        start_seconds=30.0,
        sockets=(socket, f"{socket}.lock") if site.sockets else (),
        shell=open_shell(server, user=SUPERUSER, database=CONSOLE),
        open_files=min(site.topology.database.pooler_clients.whole * 2, site.topology.machine.open_files),
    )


def has_pooler(site: Site) -> bool:
    return site.topology.database.connections.value == "pgbouncer"
