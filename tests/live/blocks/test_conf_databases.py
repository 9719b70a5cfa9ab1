"""What `Environment.databases()` promises, on a real PostgreSQL and through a real PgBouncer."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections

from django_tenfold.conf import Environment, checks
from tests.django_site.databases import databases
from tests.django_site.people.models import Person
from tests.django_tenfold.conf.reading_environment import set_variables
from tests.live.stack.driving import ROOT, UNPRIVILEGED, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live


def read(monkeypatch: pytest.MonkeyPatch, url: str, **variables: str) -> dict[str, dict[str, Any]]:
    """DATABASES as a process of that kind reads them."""
    given = {"SERVER_TYPE": "wsgi", "PROCESS_ROLE": "web", "DATABASE_URL": url, **variables}
    set_variables(monkeypatch, **given)
    env = Environment()
    found = env.databases(application_name="shop")
    env.check()
    return found


def show(name: str, alias: str = "default") -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("role", "statement", "idle"),
    [("web", "25s", "25s"), ("worker", "25min", "0"), ("migrate", "0", "0"), ("command", "0", "0")],
)
def test_the_limits_of_each_role_are_in_effect(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, role: str, statement: str, idle: str
) -> None:
    with databases(read(monkeypatch, servers.database_url(), PROCESS_ROLE=role)):
        assert show("statement_timeout") == statement
        assert show("lock_timeout") == "5s"
        assert show("idle_in_transaction_session_timeout") == idle
        assert show("application_name") == f"shop-{role}"
        assert show("tcp_user_timeout") == "0"  # the server's own; the client's is set in libpq


def test_a_statement_that_takes_too_long_is_ended(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{servers.database_url()}?statement_timeout=0.2"
    with (
        databases(read(monkeypatch, url)),
        connection.cursor() as cursor,
        pytest.raises(OperationalError, match="statement timeout"),
    ):
        cursor.execute("SELECT pg_sleep(20)")


def test_options_and_percent_encoding_reach_the_server(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{servers.database_url()}?application_name=a%20b%2Fc&options=-c%20work_mem%3D7MB"
    with databases(read(monkeypatch, url)):
        assert (show("application_name"), show("work_mem"), show("lock_timeout")) == ("a b/c", "7MB", "5s")


def test_an_event_loop_shares_the_connections_of_its_pool(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{servers.database_url()}?pool_max_size=2"
    with databases(read(monkeypatch, url, SERVER_TYPE="asgi")):
        seen: set[int] = set()

        def ask() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                seen.add(cursor.fetchone()[0])
            connection.close()

        try:
            for _ in range(6):
                thread = threading.Thread(target=ask)
                thread.start()
                thread.join()
            assert 1 <= len(seen) <= 2
            assert connection.pool.max_size == 2  # type: ignore[attr-defined]
        finally:
            connection.close_pool()  # type: ignore[attr-defined]


def test_a_thread_keeps_its_connection_from_request_to_request(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with databases(read(monkeypatch, servers.database_url())):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            first = cursor.fetchone()
        connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone() == first


def test_replicas_and_the_direct_way_are_reached(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    url = servers.database_url()
    with databases(read(monkeypatch, url, REPLICA_URLS=f"{url},{url}", DIRECT_URL=url)):
        assert {alias: show("application_name", alias) for alias in connections} == dict.fromkeys(
            ("default", "replica1", "replica2", "direct"), "shop-web"
        )


@contextmanager
def pooler(servers: Servers, folder: Path) -> Iterator[int]:
    """A PgBouncer in transaction mode that refuses every startup parameter that it does not know itself."""
    program = shutil.which("pgbouncer")
    if program is None:
        pytest.skip("pgbouncer is not on PATH")
    entry, port = servers.database_entry(), free_port()
    (folder / "users.txt").write_text('"{USER}" "{PASSWORD}"\n'.format(**entry), encoding="utf-8")
    (folder / "pgbouncer.ini").write_text(
        "[databases]\n* = host=127.0.0.1 port={PORT}\n[pgbouncer]\n".format(**entry)
        + f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = plain\n"
        f"auth_file = {folder}/users.txt\npool_mode = transaction\ndefault_pool_size = 4\n",
        encoding="utf-8",
    )
    words = [program, str(folder / "pgbouncer.ini")]
    process = subprocess.Popen(
        [*(UNPRIVILEGED if ROOT else ()), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def listens() -> bool:
        assert process.poll() is None, "pgbouncer ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    try:
        wait_until(listens, "pgbouncer listens")
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def through(servers: Servers, port: int) -> str:
    """The database's URL with the pooler's port."""
    entry = servers.database_entry()
    return "postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/{NAME}".format(port=port, **entry)


def read_between(rows: int) -> list[str]:
    """E-mail addresses read in batches, while another thread uses the pooler's connections."""
    found = []
    for person in Person.objects.order_by("email").iterator(chunk_size=1):
        found.append(person.email)
        others = [threading.Thread(target=_use) for _ in range(3)]
        for other in others:
            other.start()
        for other in others:
            other.join()
    assert len(found) == rows
    return found


def _use() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()


def test_a_pooler_is_gone_through_with_cursors_at_the_client(
    postgres_database: Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number in range(5):
        Person.objects.create_user(f"{number}@x.org")
    with pooler(postgres_database, tmp_path) as port:
        url = through(postgres_database, port)
        with databases(read(monkeypatch, f"{url}?pgbouncer=transaction")):
            assert read_between(5) == [f"{number}@x.org" for number in range(5)]
            assert show("application_name") == "shop-web"
            assert [one.id for one in checks.check_limits_in_effect(None, databases=["default"])] == [
                "tenfold.W115"
            ]
            connection.close()
        with databases(read(monkeypatch, url, DATABASE_POOLER="session")):
            assert show("application_name") == "shop-web"
            connection.close()
        with databases(read(monkeypatch, url)), pytest.raises(OperationalError):
            show("statement_timeout")  # given when the connection starts, which PgBouncer refuses


def test_the_limits_of_the_role_hold_through_the_pooler(
    postgres_database: Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the check advises is what helps."""
    user = postgres_database.database_entry()["USER"]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE \"{user}\" SET statement_timeout = '25s'")
    try:
        with pooler(postgres_database, tmp_path) as port:
            url = f"{through(postgres_database, port)}?pgbouncer=transaction"
            with databases(read(monkeypatch, url)):
                assert show("statement_timeout") == "25s"
                assert checks.check_limits_in_effect(None, databases=["default"]) == []
                connection.close()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER ROLE "{user}" RESET statement_timeout')


def test_migrations_run_beside_the_pooler(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pooler(servers, tmp_path) as port:
        direct = servers.database_url()
        url = f"{through(servers, port)}?pgbouncer=transaction"
        with databases(read(monkeypatch, url, DIRECT_URL=direct, PROCESS_ROLE="migrate")):
            call_command("migrate", verbosity=0, interactive=False)
            assert connection.settings_dict["PORT"] == servers.database_entry()["PORT"]
            assert show("statement_timeout") == "0"
