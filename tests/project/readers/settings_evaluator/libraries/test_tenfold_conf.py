from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from django_tenfold.conf.caches import build_cache
from django_tenfold.conf.databases import Serving, build_database
from django_tenfold.conf.ladder import build_ladder
from django_tenfold.conf.storages import HASHED, SCHEMES
from tenfold.project.readers.settings_evaluator.libraries import tenfold_conf
from tenfold.project.settings import MISSING
from tests.project.readers.settings_reading import all_values, read, value

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.settings import Settings

ENV = "from django_tenfold.conf import Environment, development_key\nenv = Environment()\n"
URL = "postgres://u:p@h:5432/shop"


def settings(tmp_path: Path, source: str) -> Settings:
    return read(tmp_path, ENV + source)


@pytest.mark.parametrize(
    ("call", "cast", "default"),
    [
        ("env.bool('A', default=False)", "bool", False),
        ("env.int('A', 3)", "int", 3),
        ("env.list('A', development=['*'])", "list", MISSING),
        ("env.secret('A', development=development_key)", "str", MISSING),
        ("env.url('A', default='http://x')", "str", "http://x"),
    ],
)
def test_a_variable_has_its_cast_and_only_the_default_of_production(
    tmp_path: Path, call: str, cast: str, default: object
) -> None:
    (found,) = settings(tmp_path, f"A = {call}\n").possible("A")
    assert (found.variable, found.value) == ("A", default)
    (raw,) = settings(tmp_path, f"A = {call}\n").values["A"]
    assert raw.value.cast == cast  # type: ignore[attr-defined]


@pytest.mark.parametrize("server", ["wsgi", "asgi"])
def test_a_database_is_known_as_the_runtime_makes_it(tmp_path: Path, server: str) -> None:
    found = settings(
        tmp_path,
        f"DATABASES = env.databases(application_name='shop', default='{URL}', server='{server}', request_timeout=20)\n",
    )
    serving = Serving("shop", "web", server, "none", build_ladder("web", request=20))
    made = build_database(URL, serving)
    for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "CONN_MAX_AGE", "CONN_HEALTH_CHECKS"):
        assert value(found, "DATABASES", "default", key) == made[key]
    options = value(found, "DATABASES", "default", "OPTIONS")
    told = {key: part for key, part in options.items() if key not in ("read_timeout", "application_name")}
    runtime = {key: part for key, part in made["OPTIONS"].items() if key != "application_name"}
    assert {key: part for key, part in told.items() if part is not MISSING} == runtime


def test_without_a_known_server_both_ways_are_possible(tmp_path: Path) -> None:
    found = settings(tmp_path, "DATABASES = env.databases()\n")
    assert [age for age, _ in all_values(found, "DATABASES", "default", "CONN_MAX_AGE")] == [0, 600]
    assert value(found, "DATABASES", "default", "ENGINE") is MISSING
    assert set(found.variables) == {"DATABASE_URL", *tenfold_conf.BESIDE_DATABASES}


def test_a_pooler_leaves_the_pool_out_and_the_cursors_at_the_client(tmp_path: Path) -> None:
    found = settings(tmp_path, "DATABASES = env.databases(pooler='transaction', server='asgi')\n")
    assert value(found, "DATABASES", "default", "OPTIONS", "pool") is MISSING
    assert value(found, "DATABASES", "default", "DISABLE_SERVER_SIDE_CURSORS") is True


def test_sqlite_is_known_for_what_it_is(tmp_path: Path) -> None:
    found = settings(tmp_path, "DATABASES = env.databases(default='sqlite:///db.sqlite3')\n")
    assert value(found, "DATABASES", "default", "ENGINE") == "django.db.backends.sqlite3"
    assert value(found, "DATABASES", "default", "OPTIONS", "transaction_mode") == "IMMEDIATE"


@pytest.mark.parametrize("url", ["redis://h/1", "locmem://", "memcached://h"])
def test_a_cache_is_known_as_the_runtime_makes_it(tmp_path: Path, url: str) -> None:
    found = settings(tmp_path, f"CACHES = env.caches(default='{url}', prefix='shop')\n")
    made = build_cache(url, prefix="shop")
    for key in ("BACKEND", "KEY_PREFIX", "TIMEOUT"):
        assert value(found, "CACHES", "default", key) == made[key]


def test_storages_mail_and_broker_are_known_by_their_variables(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        "STORAGES = env.storages()\nglobals().update(env.email())\nCELERY_BROKER_URL = env.broker()\nenv.check()\n",
    )
    (backend,) = found.possible("STORAGES", "default", "BACKEND")
    assert (backend.variable, value(found, "STORAGES", "staticfiles", "BACKEND")) == ("STORAGE_URL", HASHED)
    assert found.possible("EMAIL_HOST")[0].variable == "EMAIL_URL"
    assert found.possible("CELERY_BROKER_URL")[0].variable == "BROKER_URL"
    assert found.complete


def test_the_backends_are_those_of_the_runtime() -> None:
    assert tenfold_conf.STORAGES == SCHEMES
    assert (build_cache("redis://h")["BACKEND"], HASHED) == (tenfold_conf.REDIS, tenfold_conf.HASHED)


def test_what_stands_under_development_is_not_productions(tmp_path: Path) -> None:
    found = settings(tmp_path, "APPS = ['a']\nif env.development:\n    APPS += ['debug_toolbar']\n")
    assert [p.value for p in found.entries("APPS")] == ["a"]


def test_a_prefix_stands_before_each_name(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "from django_tenfold.conf import Environment\nenv = Environment('.env', prefix='S_')\n"
        "A = env.int('A')\nCACHES = env.caches()\n",
    )
    assert set(found.variables) == {"S_A", "S_CACHE_URL"}
