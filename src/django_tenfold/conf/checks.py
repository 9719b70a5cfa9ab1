"""System checks of this block: what only the running process can tell of its settings.

They judge the settings as they are, whether `Environment` made them or a person did. What Django's own checks
say (an empty ALLOWED_HOSTS, a short SECRET_KEY) is not said again.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.checks import Warning as CheckWarning

from django_tenfold.conf.constructing import find_refusals
from django_tenfold.conf.environment import ENVIRONMENTS
from django_tenfold.conf.gunicorn import find_timeout
from django_tenfold.conf.ladder import build_ladder
from django_tenfold.conf.processes import detect_server
from django_tenfold.conf.session_options import read_session_limits
from django_tenfold.conf.settings import options
from django_tenfold.conf.shipped_keys import find_shipped_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from django.core.checks import CheckMessage

PGBOUNCER_PORT = 6432
"""PgBouncer's default. https://www.pgbouncer.org/config.html#listen_port"""


def check_options(app_configs: object, **_: object) -> list[CheckMessage]:
    """E101: what TENFOLD_CONF says wrong."""
    return [*options.report_problems("tenfold.E101")]


def check_pools(app_configs: object, **_: object) -> list[CheckMessage]:
    """E102, E103: a pool that Django refuses at the first query."""
    found: list[CheckMessage] = []
    for alias, database in _postgresql():
        if not (database.get("OPTIONS") or {}).get("pool"):
            continue
        if database.get("CONN_MAX_AGE", 0) != 0:
            found.append(
                Error(
                    f"DATABASES[{alias!r}] has a pool and CONN_MAX_AGE {database['CONN_MAX_AGE']!r}: Django refuses"
                    " the first query.",
                    hint='Set "CONN_MAX_AGE": 0: the pool keeps the connections.',
                    id="tenfold.E102",
                )
            )
        if not (find_spec("psycopg") and find_spec("psycopg_pool")):
            found.append(
                Error(
                    f"DATABASES[{alias!r}] has a pool, and psycopg_pool is not installed: the first query fails.",
                    hint='Install "psycopg[binary,pool]".',
                    id="tenfold.E103",
                )
            )
    return found


def check_secret_key(app_configs: object, **_: object) -> list[CheckMessage]:
    """E104: a key that everyone can read in the repository signs the sessions."""
    if settings.DEBUG:
        return []
    shipped = find_shipped_key(str(settings.SECRET_KEY), options().shipped_files)
    if not shipped:
        return []
    return [
        Error(
            f"SECRET_KEY is the one of {shipped}: whoever reads it can sign a session of any user.",
            hint="Make another one: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="tenfold.E104",
        )
    ]


def check_services(app_configs: object, **_: object) -> list[CheckMessage]:
    """E105, with `check --deploy` only, since it loads the clients of every service."""
    return [
        Error(
            f"{place} cannot be made: {why}",
            hint="The options of its URL go to its library as they are: take out what that does not know, and install"
            " what it needs.",
            id="tenfold.E105",
        )
        for place, why in find_refusals()
    ]


def check_kept_connections(app_configs: object, **_: object) -> list[CheckMessage]:
    """W110, W111: how connections are kept under a server that runs an event loop or green threads."""
    server = _server()
    if server not in ("asgi", "gevent"):
        return []
    found: list[CheckMessage] = []
    for alias, database in _servers():
        age = database.get("CONN_MAX_AGE", 0)
        if age != 0:
            found.append(
                CheckWarning(
                    f"DATABASES[{alias!r}] keeps connections ({age!r} s) under {server}: each stays with a thread"
                    " that serves no further request, until the database refuses new ones.",
                    hint='Set "CONN_MAX_AGE": 0; on PostgreSQL with OPTIONS = {"pool": True}. `Environment` does,'
                    " when SERVER_TYPE says how requests are served.",
                    id="tenfold.W110",
                )
            )
        elif (
            _is_postgresql(database)
            and not (database.get("OPTIONS") or {}).get("pool")
            and not _pooler(database)
        ):
            found.append(
                CheckWarning(
                    f"DATABASES[{alias!r}] opens a connection in each request: {server} cannot keep them, and"
                    " there is no pool.",
                    hint='Install "psycopg[binary,pool]" and set OPTIONS = {"pool": True}: 4 times the requests.',
                    id="tenfold.W111",
                )
            )
    return found


def check_pooler(app_configs: object, **_: object) -> list[CheckMessage]:
    """W112: server-side cursors through a PgBouncer, which loses them between transactions."""
    return [
        CheckWarning(
            f"DATABASES[{alias!r}] goes through a PgBouncer ({pooler}) with server-side cursors: .iterator() fails"
            " when its next rows are asked for on another connection.",
            hint="Set DATABASE_POOLER=transaction (or ?pgbouncer=transaction in the URL), or by hand"
            ' "DISABLE_SERVER_SIDE_CURSORS": True. In session mode: DATABASE_POOLER=session.',
            id="tenfold.W112",
        )
        for alias, database in _postgresql()
        if (pooler := _pooler(database))
        and not database.get("DISABLE_SERVER_SIDE_CURSORS")
        and _told_pooler() != "session"
    ]


def check_timeouts(app_configs: object, **_: object) -> list[CheckMessage]:
    """W113, W114: a statement that nothing ends, or that outlives its request. Only of processes that serve
    requests: commands and migrations rightly have no limit."""
    told = _serving()
    if told is not None and told.role != "web":
        return []
    server = options().server_timeout or find_timeout()
    found: list[CheckMessage] = []
    for alias, database in _postgresql():
        if _is_pooled(database):
            continue  # through a pooler the limit is the role's: `check --database` asks for it
        limit = read_session_limits(database).get("statement_timeout", 0.0)
        if not limit:
            found.append(
                CheckWarning(
                    f"DATABASES[{alias!r}] has no statement_timeout: a bad query runs for hours after its request"
                    " is gone.",
                    hint=f'OPTIONS = {{"options": "-c statement_timeout={_advised(server)}s"}}',
                    id="tenfold.W113",
                )
            )
        elif server and limit >= server:
            found.append(
                CheckWarning(
                    f"DATABASES[{alias!r}] lets a statement run {limit:g} s, and the server ends its request after"
                    f" {server:g} s: the error is never seen, and the query works on for nobody.",
                    hint=f"Set statement_timeout to {_advised(server)} s, or REQUEST_TIMEOUT={server:g}.",
                    id="tenfold.W114",
                )
            )
    return found


def check_limits_in_effect(
    app_configs: object, databases: Sequence[str] | None = None, **_: object
) -> list[CheckMessage]:
    """W115: asks the database itself (`manage.py check --database default`)."""
    from django.db import connections

    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "postgresql" or not _is_pooled(connection.settings_dict):
            continue
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            (limit,) = cursor.fetchone()
        if limit == "0":
            user = connection.settings_dict.get("USER") or "the user"
            found.append(
                CheckWarning(
                    f"Through the pooler, DATABASES[{alias!r}] has no statement_timeout: none can be given when a"
                    " connection starts.",
                    hint=f"ALTER ROLE {user} SET statement_timeout = '{_advised(None)}s'; and the same of"
                    " lock_timeout = '5s' and idle_in_transaction_session_timeout.",
                    id="tenfold.W115",
                )
            )
    return found


def _advised(server: float | None) -> str:
    ladder = build_ladder("web", request=server) if server else build_ladder("web")
    return f"{ladder.statement:g}"


def _serving() -> Any:
    """What `Environment.databases` found this process to be; None for settings written by hand."""
    return next((one.serving for one in ENVIRONMENTS if one.serving is not None), None)


def _server() -> str:
    told = _serving()
    return told.server if told is not None else detect_server()


def _told_pooler() -> str:
    told = _serving()
    return told.pooler if told is not None else ""


def _servers() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for alias, database in settings.DATABASES.items():
        if any(name in str(database.get("ENGINE", "")) for name in ("postg", "timescale", "mysql", "oracle")):
            yield alias, database


def _is_postgresql(database: Mapping[str, Any]) -> bool:
    return any(name in str(database.get("ENGINE", "")) for name in ("postg", "timescale"))


def _postgresql() -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((alias, database) for alias, database in _servers() if _is_postgresql(database))


def _pooler(database: Mapping[str, Any]) -> str:
    """What shows that the address is a PgBouncer's, "" when nothing does."""
    if str(database.get("PORT") or "") == str(PGBOUNCER_PORT):
        return f"port {PGBOUNCER_PORT}"
    host = str(database.get("HOST") or "")
    return f"host {host}" if "pgbouncer" in host.lower() else ""


def _is_pooled(database: Mapping[str, Any]) -> bool:
    """Whether a PgBouncer stands before the database. `Environment` gives limits where there is none."""
    given = database.get("DISABLE_SERVER_SIDE_CURSORS") or _pooler(database)
    return bool(given) or (_serving() is not None and not (database.get("OPTIONS") or {}).get("options"))


CHECKS: tuple[Callable[..., list[CheckMessage]], ...] = (
    check_options,
    check_pools,
    check_secret_key,
    check_kept_connections,
    check_pooler,
    check_timeouts,
)


def register_checks() -> None:
    """E-checks and W-checks of the settings run with every command; W115 where a database may be asked."""
    for check in CHECKS:
        register(check, "tenfold")
    register(check_services, "tenfold", deploy=True)
    register(check_limits_in_effect, "tenfold", Tags.database)
