from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from django_tenfold.conf import Environment, checks
from tests.django_tenfold.conf.reading_environment import set_variables

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
POSTGRES: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}
LIMITED = {"options": "-c statement_timeout=25000"}


def ids(found: list[Any]) -> list[str]:
    return [one.id for one in found]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment of another test, no server."""
    set_variables(monkeypatch)
    monkeypatch.setattr(checks, "ENVIRONMENTS", weakref.WeakSet())
    monkeypatch.setattr(checks, "detect_server", lambda: "")


def use(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Environment:
    """An environment that has read its databases."""
    set_variables(monkeypatch, DATABASE_URL="postgres://h/shop", **variables)
    env = Environment()
    env.databases()
    checks.ENVIRONMENTS.add(env)
    return env


def test_wrong_options_of_the_block_are_told() -> None:
    with override_settings(TENFOLD_CONF={"server_timeout": 0, "typo": 1}):
        assert ids(checks.check_options(None)) == ["tenfold.E101"] * 2


def test_a_pool_that_django_will_refuse_is_told_before_the_first_query(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pooled = {**POSTGRES, "OPTIONS": {"pool": True}}
    with override_settings(DATABASES={"default": {**pooled, "CONN_MAX_AGE": 60}}):
        assert ids(checks.check_pools(None)) == ["tenfold.E102"]
    with override_settings(DATABASES={"default": pooled, "other": POSTGRES}):
        assert checks.check_pools(None) == []
        monkeypatch.setattr(checks, "find_spec", lambda _: None)
        assert ids(checks.check_pools(None)) == ["tenfold.E103"]


def test_a_key_that_the_repository_ships_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env.example").write_text("SECRET_KEY=everyone-knows-it\n", encoding="utf-8")
    with override_settings(SECRET_KEY="everyone-knows-it", DEBUG=False):
        (found,) = checks.check_secret_key(None)
    assert (found.id, "everyone-knows-it" in found.msg) == ("tenfold.E104", False)
    with override_settings(SECRET_KEY="everyone-knows-it", DEBUG=True):
        assert checks.check_secret_key(None) == []
    with override_settings(SECRET_KEY="another", DEBUG=False):
        assert checks.check_secret_key(None) == []


@pytest.mark.parametrize(
    ("database", "found"),
    [
        ({**POSTGRES, "CONN_MAX_AGE": 60}, ["tenfold.W110"]),
        ({**POSTGRES, "CONN_MAX_AGE": None}, ["tenfold.W110"]),
        (POSTGRES, ["tenfold.W111"]),
        ({**POSTGRES, "OPTIONS": {"pool": True}}, []),
        ({**POSTGRES, "PORT": 6432}, []),
        ({"ENGINE": "django.db.backends.sqlite3", "CONN_MAX_AGE": 60}, []),
    ],
)
def test_connections_under_an_event_loop_are_judged(
    monkeypatch: pytest.MonkeyPatch, database: dict[str, Any], found: list[str]
) -> None:
    with override_settings(DATABASES={"default": database}):
        assert checks.check_kept_connections(None) == []
        monkeypatch.setattr(checks, "detect_server", lambda: "asgi")
        assert ids(checks.check_kept_connections(None)) == found


def test_the_server_that_the_environment_names_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = use(monkeypatch, SERVER_TYPE="asgi")
    with override_settings(DATABASES={"default": {**POSTGRES, "CONN_MAX_AGE": 60}}):
        assert ids(checks.check_kept_connections(None)) == ["tenfold.W110"]
    del kept


@pytest.mark.parametrize("address", [{"PORT": 6432}, {"PORT": "6432"}, {"HOST": "pgbouncer.internal"}])
def test_cursors_through_a_pooler_are_told(monkeypatch: pytest.MonkeyPatch, address: dict[str, Any]) -> None:
    with override_settings(DATABASES={"default": {**POSTGRES, **address}}):
        assert ids(checks.check_pooler(None)) == ["tenfold.W112"]
    with override_settings(
        DATABASES={"default": {**POSTGRES, **address, "DISABLE_SERVER_SIDE_CURSORS": True}}
    ):
        assert checks.check_pooler(None) == []
    kept = use(monkeypatch, DATABASE_POOLER="session")
    with override_settings(DATABASES={"default": {**POSTGRES, **address}}):
        assert checks.check_pooler(None) == []
    del kept


def test_a_statement_that_nothing_ends_or_that_outlives_its_request_is_told() -> None:
    with override_settings(DATABASES={"default": POSTGRES}):
        (found,) = checks.check_timeouts(None)
    assert (found.id, found.hint) == ("tenfold.W113", 'OPTIONS = {"options": "-c statement_timeout=25s"}')
    with override_settings(DATABASES={"default": {**POSTGRES, "OPTIONS": LIMITED}}):
        assert checks.check_timeouts(None) == []
        with override_settings(TENFOLD_CONF={"server_timeout": 20}):
            (found,) = checks.check_timeouts(None)
            assert (found.id, "REQUEST_TIMEOUT=20" in str(found.hint)) == ("tenfold.W114", True)
        with override_settings(TENFOLD_CONF={"server_timeout": 30}):
            assert checks.check_timeouts(None) == []


def test_the_timeout_of_gunicorn_is_known_from_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--timeout 10")
    with override_settings(DATABASES={"default": {**POSTGRES, "OPTIONS": LIMITED}}):
        assert ids(checks.check_timeouts(None)) == ["tenfold.W114"]


def test_a_command_needs_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = use(monkeypatch, PROCESS_ROLE="command")
    with override_settings(DATABASES={"default": POSTGRES}):
        assert checks.check_timeouts(None) == []
    del kept


def test_a_pooler_is_not_asked_for_what_it_cannot_take(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = use(monkeypatch, DATABASE_POOLER="session", PROCESS_ROLE="web")
    with override_settings(DATABASES={"default": POSTGRES}):
        assert checks.check_timeouts(None) == []
    del kept


def test_limits_in_effect_are_asked_only_of_postgresql_and_where_it_may_be_asked() -> None:
    assert checks.check_limits_in_effect(None) == []
    assert checks.check_limits_in_effect(None, databases=["default"]) == []
