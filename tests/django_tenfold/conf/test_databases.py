from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import dj_database_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_tenfold.conf import databases
from django_tenfold.conf.databases import Serving, build_database
from django_tenfold.conf.ladder import build_ladder
from django_tenfold.conf.variables import MalformedError
from tests.django_tenfold.conf.reading_environment import WEB

URL = "postgres://u:p@h:5432/shop"
LOOP = replace(WEB, server="asgi")
WORKER = Serving("shop", "worker", "", "none", build_ladder("worker"))
COMMAND = Serving("shop", "command", "", "none", build_ladder("command"))


def test_a_threaded_server_keeps_its_connections_and_has_limits() -> None:
    entry = build_database(URL, WEB)
    assert entry == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "u",
        "PASSWORD": "p",
        "HOST": "h",
        "PORT": 5432,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": {
            "connect_timeout": 2,
            "application_name": "shop-web",
            "keepalives": 1,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
            "options": "-c statement_timeout=25000 -c lock_timeout=5000"
            " -c idle_in_transaction_session_timeout=25000",
        },
    }


@pytest.mark.parametrize("server", ["asgi", "gevent"])
def test_an_event_loop_has_a_pool_and_keeps_nothing_itself(server: str) -> None:
    entry = build_database(URL, replace(WEB, server=server))
    assert entry["CONN_MAX_AGE"] == 0
    assert entry["OPTIONS"]["pool"] == {"min_size": 1, "max_size": 10, "timeout": 5.0}


def test_an_event_loop_without_the_pool_package_still_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "find_spec", lambda _: None)
    entry = build_database(URL, LOOP)
    assert (entry["CONN_MAX_AGE"], "pool" in entry["OPTIONS"]) == (0, False)


@pytest.mark.parametrize(
    ("serving", "age"),
    [(WORKER, 600), (COMMAND, 0), (replace(WEB, server=""), 0), (replace(WORKER, server="gevent"), 0)],
)
def test_connections_are_kept_where_the_thread_comes_again(serving: Serving, age: int) -> None:
    entry = build_database(URL, serving)
    assert (entry["CONN_MAX_AGE"], "pool" in entry["OPTIONS"]) == (age, False)


def test_a_pooler_in_transaction_mode_gets_no_session_state() -> None:
    for entry in (
        build_database(f"{URL}?pgbouncer=transaction", WEB),
        build_database(URL, replace(WEB, pooler="transaction")),
    ):
        assert entry["DISABLE_SERVER_SIDE_CURSORS"] is True
        assert (entry["CONN_MAX_AGE"], entry["OPTIONS"].get("options")) == (600, None)
    entry = build_database(f"{URL}?pgbouncer=transaction", LOOP)
    assert (entry["CONN_MAX_AGE"], "pool" in entry["OPTIONS"]) == (0, False)


def test_a_pooler_in_session_mode_keeps_cursors_and_still_refuses_parameters() -> None:
    entry = build_database(f"{URL}?pgbouncer=session&prepare_threshold=5", WEB)
    assert (entry["DISABLE_SERVER_SIDE_CURSORS"], "options" in entry["OPTIONS"]) == (False, False)
    assert entry["OPTIONS"]["prepare_threshold"] == 5
    with pytest.raises(MalformedError, match="'options', which PgBouncer"):
        build_database(f"{URL}?pgbouncer=session&options=-c%20a%3D1", WEB)


@pytest.mark.parametrize("serving", [WEB, LOOP, WORKER, COMMAND])
def test_every_process_takes_the_same_url(serving: Serving) -> None:
    options = build_database(f"{URL}?pool_max_size=4&conn_max_age=9&max_prepared_statements=5", serving)[
        "OPTIONS"
    ]
    assert not {"pool_max_size", "conn_max_age", "max_prepared_statements"} & set(options)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("pgbouncer=transaction&prepare_threshold=5", "max_prepared_statements=N"),
        ("pgbouncer=transaction&options=-c%20a%3D1", "'options', which PgBouncer"),
        ("pgbouncer=transaction&currentSchema=a", "'currentSchema', which PgBouncer"),
        ("pgbouncer=often", "another value than none, session, transaction"),
        ("statement_timeout=long", "no number of seconds"),
        ("no_such_option=1", "'no_such_option', which PostgreSQL's driver refuses"),
        ("pool=perhaps", "neither true nor false"),
    ],
)
def test_options_that_cannot_be_are_told(query: str, why: str) -> None:
    with pytest.raises(MalformedError, match=why):
        build_database(f"{URL}?{query}", WEB)


def test_a_pooler_that_keeps_prepared_statements_may_have_them() -> None:
    query = "pgbouncer=transaction&prepare_threshold=5&max_prepared_statements=200"
    assert build_database(f"{URL}?{query}", WEB)["OPTIONS"]["prepare_threshold"] == 5


def test_options_of_the_url_win_and_those_of_the_driver_are_passed_on() -> None:
    query = (
        "sslmode=require&application_name=other&connect_timeout=7&options=-c%20work_mem%3D64MB&lock_timeout=1"
    )
    options = build_database(f"{URL}?{query}&currentSchema=tenant&conn_max_age=60", WEB)["OPTIONS"]
    assert (options["sslmode"], options["application_name"], options["connect_timeout"]) == (
        "require",
        "other",
        7,
    )
    assert options["options"] == (
        "-c statement_timeout=25000 -c lock_timeout=1000 -c idle_in_transaction_session_timeout=25000"
        " -c search_path=tenant -c work_mem=64MB"
    )
    assert build_database(f"{URL}?conn_max_age=60", WEB)["CONN_MAX_AGE"] == 60
    assert build_database(f"{URL}?pool=true&pool_max_size=4", WEB)["OPTIONS"]["pool"]["max_size"] == 4
    assert "pool" not in build_database(f"{URL}?pool=false", LOOP)["OPTIONS"]


@pytest.mark.parametrize(
    ("url", "host", "port", "name"),
    [
        ("postgres://u@%2Fvar%2FRun%2Fpg/db", "/var/Run/pg", "", "db"),
        ("postgres:///db?host=/var/Run/pg&port=5433", "/var/Run/pg", "5433", "db"),
        ("postgres://u@[::1]:5433/db", "::1", 5433, "db"),
        ("postgres://u@a:1,b:2/db?target_session_attrs=read-write", "a,b", "1,2", "db"),
        ("postgres://u@h/a%2Fb%20c", "h", "", "a/b c"),
    ],
)
def test_sockets_ipv6_and_several_hosts_are_reached(url: str, host: str, port: object, name: str) -> None:
    entry = build_database(url, WEB)
    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == (host, port, name)


def test_a_url_without_a_database_is_told_unless_a_service_names_it() -> None:
    with pytest.raises(MalformedError, match="names no database"):
        build_database("postgres://u@h", WEB)
    assert build_database("postgres://?service=shop", WEB)["OPTIONS"]["service"] == "shop"


def test_mysql_has_its_own_limits() -> None:
    entry = build_database("mysql://u:p@h/shop?ssl-ca=/ca.pem", WEB)
    assert entry["OPTIONS"] == {
        "connect_timeout": 2,
        "read_timeout": 30,
        "init_command": "SET SESSION innodb_lock_wait_timeout=5 /*!50708 , max_execution_time=25000 */"
        " /*M!100101 , max_statement_time=25 */",
        "ssl": {"ca": "/ca.pem"},
    }
    assert entry["CONN_MAX_AGE"] == 600
    assert "read_timeout" not in build_database("mysql://h/shop", COMMAND)["OPTIONS"]
    loop = build_database("mysql://h/shop", LOOP)
    assert (loop["CONN_MAX_AGE"], "pool" in loop["OPTIONS"]) == (0, False)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///db.sqlite3", "db.sqlite3"),
        ("sqlite:////var/a%20b.sqlite3", "/var/a b.sqlite3"),
        ("sqlite://:memory:", ":memory:"),
        ("sqlite://", ":memory:"),
    ],
)
def test_sqlite_waits_its_turn(url: str, name: str) -> None:
    entry = build_database(url, COMMAND)
    assert (entry["NAME"], entry["ENGINE"]) == (name, "django.db.backends.sqlite3")
    assert entry["OPTIONS"] == {
        "timeout": 5.0,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }


def test_an_engine_that_was_registered_is_known() -> None:
    dj_database_url.register("shopdb", "shop.backend")
    entry = build_database("shopdb://u@h/name?a=1", WEB)
    assert (entry["ENGINE"], entry["OPTIONS"], entry["CONN_MAX_AGE"]) == ("shop.backend", {"a": 1}, 600)


@given(
    user=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12),
    password=st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12),
)
def test_no_user_and_no_password_is_changed_by_the_url(user: str, password: str) -> None:
    entry = build_database(f"postgres://{quote(user, '')}:{quote(password, '')}@h/db", WEB)
    assert (entry["USER"], entry["PASSWORD"]) == (user, password)
