from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from django_tenfold.conf import Environment
from tests.django_tenfold.conf.reading_environment import problems_of, set_variables

if TYPE_CHECKING:
    import pytest

URL = "postgres://u:p@pooler:6432/shop"


def test_replicas_and_the_direct_way_are_aliases_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(
        monkeypatch,
        DATABASE_URL=URL,
        REPLICA_URLS="postgres://u@r1/shop, postgres://u@r2/shop",
        DIRECT_URL="postgres://u@direct/shop",
        DATABASE_POOLER="transaction",
        SERVER_TYPE="wsgi",
        PROCESS_ROLE="web",
    )
    env = Environment()
    found = env.databases(application_name="shop")
    env.check()
    assert {alias: entry["HOST"] for alias, entry in found.items()} == {
        "default": "pooler",
        "replica1": "r1",
        "replica2": "r2",
        "direct": "direct",
    }
    assert [found[alias].get("TEST") for alias in found] == [None, *[{"MIRROR": "default"}] * 3]
    assert found["default"]["DISABLE_SERVER_SIDE_CURSORS"]
    assert not found["direct"]["DISABLE_SERVER_SIDE_CURSORS"]
    assert found["default"]["OPTIONS"]["application_name"] == "shop-web"


def test_migrations_take_the_direct_way(monkeypatch: pytest.MonkeyPatch) -> None:
    direct = "postgres://u@direct/shop"
    set_variables(
        monkeypatch, DATABASE_URL=f"{URL}?pgbouncer=transaction", DIRECT_URL=direct, PROCESS_ROLE="migrate"
    )
    default = Environment().databases()["default"]
    assert (default["HOST"], default.get("TEST"), default["CONN_MAX_AGE"]) == ("direct", None, 0)
    assert default["OPTIONS"]["options"].startswith("-c statement_timeout=0 -c lock_timeout=5000")


def test_only_what_is_given_is_an_alias(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, DATABASE_URL=URL)
    assert list(Environment().databases()) == ["default"]


def test_the_server_the_role_and_the_times_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(
        monkeypatch,
        DATABASE_URL=URL,
        SERVER_TYPE="asgi",
        PROCESS_ROLE="web",
        REQUEST_TIMEOUT="12",
        TASK_TIMEOUT="90",
    )
    env = Environment()
    entry = env.databases()["default"]
    assert entry["OPTIONS"]["pool"]
    assert "statement_timeout=10000 " in entry["OPTIONS"]["options"]
    monkeypatch.setenv("PROCESS_ROLE", "worker")
    assert "statement_timeout=90000 " in Environment().databases()["default"]["OPTIONS"]["options"]


def test_a_process_that_nothing_is_known_of_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, DATABASE_URL=URL)
    monkeypatch.setattr("sys.argv", ["manage.py", "shell"])
    env = Environment()
    env.databases(server="wsgi")
    assert env.serving is not None
    assert (env.serving.role, env.serving.server) == ("command", "wsgi")


def test_what_cannot_be_is_told_with_its_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(
        monkeypatch,
        DATABASE_URL=URL,
        SERVER_TYPE="cgi",
        DATABASE_POOLER="statement",
        REQUEST_TIMEOUT="1",
        TASK_TIMEOUT="soon",
        REPLICA_URLS="replica",
    )
    told = problems_of(lambda env: env.databases())
    assert "SERVER_TYPE must be one of wsgi, asgi, gevent." in told
    assert "DATABASE_POOLER must be one of none, session, transaction." in told
    assert "REQUEST_TIMEOUT must be between 6 and 86400 seconds." in told
    assert "TASK_TIMEOUT is wrong: not a valid number." in told
    assert "REPLICA_URLS is no URL" in told


def test_static_files_have_hashed_names_but_in_development(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, STORAGE_URL="memory:")
    assert Environment().storages()["staticfiles"]["BACKEND"].endswith("ManifestStaticFilesStorage")
    assert Environment().storages(static="shop.Static")["staticfiles"] == {"BACKEND": "shop.Static"}
    monkeypatch.setenv("DEBUG", "true")
    assert Environment().storages()["staticfiles"]["BACKEND"].endswith(".StaticFilesStorage")


def test_uploads_can_go_to_a_folder_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    set_variables(monkeypatch)
    entry = Environment().storages(default=Path("/var/my media"))["default"]
    assert entry["OPTIONS"] == {"location": "/var/my media"}


def test_a_service_that_is_optional_may_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch)
    env = Environment()
    assert env.broker(default=None) is None
    assert env.email(default="console:")
    env.check()


def test_the_settings_of_every_service_are_ones_that_django_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(
        monkeypatch, EMAIL_URL="smtp://h", CACHE_URL="redis://h", DATABASE_URL=URL, STORAGE_URL="memory:"
    )
    env = Environment()
    made = {**env.email(), "CACHES": env.caches(), "DATABASES": env.databases(), "STORAGES": env.storages()}
    known = {*dir(settings), "MAILERS"}
    assert set(made) <= known
