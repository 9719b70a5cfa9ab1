from __future__ import annotations

from dataclasses import replace

import pytest

from tenfold.stack.endpoints import draft_endpoints
from tenfold.stack.variable_rules import NO_BROKER, database_name, find_rule, is_replica
from tenfold.stack.variables import Use, Variable

STACK = draft_endpoints("/srv/shop/.tenfold")


def make(name: str, *uses: tuple[str, str, str | None]) -> Variable:
    return Variable(name, ("shop/settings.py:1",), tuple(Use(*use) for use in uses))


def value_of(variable: Variable) -> str | None:
    rule = find_rule(variable)
    return rule.value(STACK, variable) if rule else None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        (
            make("DJANGO_DB_ENGINE", ("DATABASES.default.ENGINE", "str", None)),
            "django.db.backends.postgresql",
        ),
        (make("DB_KIND", ("DATABASES.default.ENGINE", "str", "sqlite3")), "postgresql"),
        (make("X", ("DATABASES.default.HOST", "str", "")), "127.0.0.1"),
        (make("X", ("DATABASES.default.PORT", "int", "5432")), "5432"),
        (make("X", ("DATABASES.logs.NAME", "str", "logs")), "app_logs"),
        (make("X", ("DATABASES.replica.PORT", "int", None)), "5433"),
        (make("X", ("DATABASES.default.OPTIONS.sslmode", "str", "require")), "disable"),
        (make("POSTGRES_PASSWORD"), "draft"),
        (make("SQL_HOST"), "127.0.0.1"),
        (make("PGUSER"), "tenfold"),
        (make("X", ("MEDIA_ROOT", "str", "/somewhere/media")), "/srv/shop/.tenfold/media"),
        (make("X", ("ALLOWED_HOSTS", "list", None)), "localhost"),
        (make("X", ("ALLOWED_HOSTS", "json", None)), '["localhost"]'),
        (make("X", ("CSRF_TRUSTED_ORIGINS", "list", None)), "https://localhost:8443"),
        (make("X", ("DEBUG", "bool", "True")), "False"),
        (make("X", ("DEBUG", "int", "1")), "0"),
        (make("X", ("SHOP_BROKER_URL", "str", "amqp://guest@far//")), "redis://127.0.0.1:6380/0"),
        (make("CLOUDAMQP_URL"), "redis://127.0.0.1:6380/0"),
        (make("X", ("CELERY_RESULT_BACKEND", "str", "redis://far")), "redis://127.0.0.1:6380/1"),
        (make("EMAIL_PORT", ("EMAIL_PORT", "int", "25")), "1025"),
        (make("SITE_ROOT", ("SITE_ROOT", "str", "http://localhost:8000")), "https://localhost:8443"),
        (make("REPLICA_URLS"), "postgres://tenfold:draft@127.0.0.1:5433/app"),
        (make("EMAIL_URL"), "smtp://127.0.0.1:1025"),
        (make("BROKER_URL"), "redis://127.0.0.1:6380/0"),
        (make("CACHE_URL", ("CACHES.default.LOCATION", "cache_url", None)), "redis://127.0.0.1:6379"),
        (
            make("STORAGE_URL", ("STORAGES.default.BACKEND", "storage_url", None)),
            "s3://draft:draft@media?endpoint_url=http://127.0.0.1:9000&region_name=us-east-1&addressing_style=path",
        ),
        (make("BASE_URL", ("BASE_URL", "str", "http://127.0.0.1:8000/")), "https://localhost:8443/"),
    ],
    ids=lambda one: one.name if isinstance(one, Variable) else None,
)
def test_a_variable_gets_what_its_setting_or_its_name_means(variable: Variable, value: str) -> None:
    assert value_of(variable) == value


@pytest.mark.parametrize(
    "variable",
    [
        make("STRIPE_SECRET_KEY", ("STRIPE_SECRET_KEY", "str", None)),
        make("SENTRY_DSN", ("SENTRY_DSN", "str", "")),
        make("RECAPTCHA_PRIVATE_KEY", ("RECAPTCHA_PRIVATE_KEY", "str", "")),
        make("GOOGLE_CLIENT_SECRET"),
        make("FRONTEND_URL", ("FRONTEND_URL", "str", "http://localhost:3000")),
        make("DB_CONN_MAX_AGE", ("DATABASES.default.CONN_MAX_AGE", "int", "0")),
        make("DJANGO_ALLOWED_HOSTS", ("ALLOWED_HOSTS", "list", "['*']")),
        make("CELERY_RESULT_BACKEND", ("CELERY_RESULT_BACKEND", "str", "django-db")),
        make("REDIS_TLS_URL"),
    ],
    ids=lambda one: one.name,
)
def test_nothing_is_made_up_for_third_parties_or_where_the_default_is_right(variable: Variable) -> None:
    assert value_of(variable) is None


def test_a_url_that_settings_take_apart_gets_the_whole_url() -> None:
    parts = ("ENGINE", "HOST", "PORT", "NAME")
    variable = make("PS_DATABASE_URI", *((f"DATABASES.default.{part}", "db_url", None) for part in parts))
    assert value_of(variable) == "postgres://tenfold:draft@127.0.0.1:5432/app"


def test_the_url_of_a_postgis_project_keeps_its_scheme() -> None:
    variable = make(
        "DATABASE_URL", ("DATABASES.default.ENGINE", "db_url", "django.contrib.gis.db.backends.postgis")
    )
    assert (value_of(variable) or "").startswith("postgis://")


def test_a_redis_url_names_no_database_since_code_may_append_one() -> None:
    assert value_of(make("REDIS_URL", ("REDIS_URL", "str", None))) == "redis://127.0.0.1:6379"


def test_a_key_for_fernet_is_one_that_fernet_takes() -> None:
    import base64

    assert len(base64.urlsafe_b64decode(value_of(make("FIELD_ENCRYPTION_KEY")) or "")) == 32


def test_aliases_that_read_only_share_the_main_database() -> None:
    assert [database_name(alias) for alias in ("default", "logs", "read_replica")] == [
        "app",
        "app_logs",
        "app",
    ]
    assert all(map(is_replica, ("replica", "replica_2", "default_ro", "read", "slave1", "follower")))
    assert not any(map(is_replica, ("default", "threads", "ready", "logs", "already_done")))


def test_a_stack_without_replica_and_storage_gives_none_and_a_folder() -> None:
    stack = replace(STACK, replica=0, storage=0, folder="/srv/my shop/.tenfold")
    replicas, storage = make("REPLICA_URLS"), make("STORAGE_URL")
    rules = {one.name: find_rule(one) for one in (replicas, storage)}
    assert all(rules.values())
    assert rules["REPLICA_URLS"].value(stack, replicas) is None  # type: ignore[union-attr]
    assert rules["STORAGE_URL"].value(stack, storage) == "file:///srv/my%20shop/.tenfold/media"  # type: ignore[union-attr]


def test_what_the_stack_gives_is_what_the_runtime_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """`Environment` of django_tenfold.conf takes every value without a complaint."""
    from django_tenfold.conf import Environment
    from tests.django_tenfold.conf.reading_environment import set_variables

    names = (
        "REPLICA_URLS",
        "EMAIL_URL",
        "BROKER_URL",
        "CACHE_URL",
        "STORAGE_URL",
        "DATABASE_URL",
        "SECRET_KEY",
    )
    set_variables(monkeypatch, **{name: str(value_of(make(name))) for name in names})
    env = Environment()
    env.secret("SECRET_KEY", at_least=50)
    databases, storages = env.databases(), env.storages()
    for read in (env.caches, env.email, env.broker):
        read()
    env.check()
    assert (databases["replica1"]["PORT"], storages["default"]["OPTIONS"]["addressing_style"]) == (
        5433,
        "path",
    )


def test_the_direct_way_to_the_database_is_no_database_of_its_own() -> None:
    assert database_name("direct") == database_name("default")


def test_settings_that_insist_on_a_broker_get_one_even_where_the_stack_has_none() -> None:
    stack = replace(STACK, broker="")
    insisting = make("BROKER_URL", ("CELERY_BROKER_URL", "str", None))
    content = make("BROKER_URL", ("CELERY_BROKER_URL", "str", "amqp://own"))
    rule = find_rule(insisting)
    assert rule is not None
    assert rule.value(stack, insisting) == NO_BROKER
    assert rule.value(stack, content) is None
