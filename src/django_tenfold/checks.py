"""Django system checks of the running settings, tag `scaling`: `manage.py check --deploy --tag scaling`.

They see what no reader of source can: the values that this very process has. Each hint names the
practice, whose page `tenfold explain ID` shows. They are deployment checks, since development rightly
differs; silence one with SILENCED_SYSTEM_CHECKS. What Django's own deployment checks say (DEBUG, empty
ALLOWED_HOSTS, cookies, HSTS) is not said again.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Warning as CheckWarning
from django.core.checks import register

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SCALING = "scaling"

SERVER_ENGINES = ("postgresql", "postgis", "mysql", "oracle", "psqlextra", "timescale")
LOCAL_CACHES = ("LocMemCache", "DummyCache", "FileBasedCache")
DEVELOPMENT_APPS = frozenset(
    {"debug_toolbar", "silk", "django_browser_reload", "livereload", "django_extensions"}
)
ERROR_TRACKERS = ("sentry_sdk", "rollbar", "honeybadger", "bugsnag", "elasticapm", "newrelic", "ddtrace")


def _warn(number: int, practice: str, message: str, *, hint: str) -> CheckWarning:
    return CheckWarning(
        message,
        hint=f"{hint} (practice {practice}: `tenfold explain {practice}`)",
        id=f"tenfold.W{number:03}",
    )


def _servers() -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """(alias, settings, OPTIONS) of each database that is a server."""
    for alias, database in settings.DATABASES.items():
        engine = str(database.get("ENGINE", "")).rpartition(".")[2]
        if any(name in engine or name in str(database.get("ENGINE", "")) for name in SERVER_ENGINES):
            yield alias, database, database.get("OPTIONS") or {}


def _is_pooled(database: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    """Django's own pool (5.1 and later), or the mark of a pooler in transaction mode."""
    return bool(options.get("pool") or database.get("DISABLE_SERVER_SIDE_CURSORS"))


def _is_commands(options: Mapping[str, Any]) -> bool:
    """Whether `django_tenfold.conf` made it for a command, as the one that runs this check is: it keeps the
    connections of processes that serve requests, and a command has none to keep."""
    return str(options.get("application_name", "")).endswith("-command")


def check_persistent_connections(app_configs: object, **_: object) -> list[CheckWarning]:
    """W001: a new connection for each request."""
    return [
        _warn(
            1,
            "database/persistent-connections",
            f"Database {alias!r} is connected to anew in each request: CONN_MAX_AGE is 0.",
            hint="Set CONN_MAX_AGE = 60 with CONN_HEALTH_CHECKS = True; under ASGI use"
            ' OPTIONS = {"pool": True} (PostgreSQL).',
        )
        for alias, database, options in _servers()
        if database.get("CONN_MAX_AGE", 0) == 0
        and not _is_pooled(database, options)
        and not _is_commands(options)
    ]


def check_connection_health(app_configs: object, **_: object) -> list[CheckWarning]:
    """W002: a kept connection that the server closed fails a request."""
    return [
        _warn(
            2,
            "database/persistent-connections",
            f"Database {alias!r} keeps its connections without CONN_HEALTH_CHECKS.",
            hint="Set CONN_HEALTH_CHECKS = True: a connection that the server has closed is then replaced"
            " instead of failing a request.",
        )
        for alias, database, options in _servers()
        if database.get("CONN_MAX_AGE", 0) != 0
        and not database.get("CONN_HEALTH_CHECKS", False)
        and not options.get("pool")
    ]


def check_connection_timeout(app_configs: object, **_: object) -> list[CheckWarning]:
    """W003: a database host that does not answer holds every worker."""
    return [
        _warn(
            3,
            "database/connection-options",
            f"Database {alias!r} has no connect_timeout.",
            hint='Set OPTIONS = {"connect_timeout": 5}: without it a host that does not answer holds a worker'
            " for two minutes and more.",
        )
        for alias, database, options in _servers()
        if "oracle" not in str(database.get("ENGINE")) and not {"connect_timeout", "service"} & set(options)
    ]


def check_database_engine(app_configs: object, **_: object) -> list[CheckWarning]:
    """W004: SQLite as the default database."""
    engine = str(settings.DATABASES.get("default", {}).get("ENGINE", ""))
    if not engine.endswith((".sqlite3", ".spatialite")):
        return []
    return [
        _warn(
            4,
            "database/supported-engine",
            "The default database is SQLite: one writer at a time, on one machine.",
            hint="Use PostgreSQL (django.db.backends.postgresql) where more than one process writes.",
        )
    ]


def _local_cache(alias: str) -> str:
    """Class name of a cache that other processes do not share, "" when it is shared."""
    backend = str(settings.CACHES.get(alias, {}).get("BACKEND", "")).rpartition(".")[2]
    return backend if backend in LOCAL_CACHES else ""


def check_shared_cache(app_configs: object, **_: object) -> list[CheckWarning]:
    """W005: each process has a cache of its own."""
    backend = _local_cache("default")
    if not backend:
        return []
    return [
        _warn(
            5,
            "cache/shared-cache",
            f"The default cache is {backend}: what one process stores or deletes, the others do not see.",
            hint="Use Redis (django.core.cache.backends.redis.RedisCache) or memcached.",
        )
    ]


def check_session_store(app_configs: object, **_: object) -> list[CheckWarning]:
    """W006: sessions that cost a query each, or that another process does not find."""
    uses_sessions = any(name.endswith("SessionMiddleware") for name in settings.MIDDLEWARE)
    engine = str(settings.SESSION_ENGINE).rpartition(".")[2]
    local = _local_cache(settings.SESSION_CACHE_ALIAS) if engine in ("cache", "cached_db") else ""
    if not uses_sessions or (engine not in ("db", "file") and not local):
        return []
    what = {
        "db": "Sessions are read from the database in each request that has one.",
        "file": "Sessions are files of one machine.",
    }.get(engine, f"Sessions are kept in {local}, which other processes do not share.")
    return [
        _warn(
            6,
            "accounts/session-store",
            what,
            hint='Set SESSION_ENGINE = "django.contrib.sessions.backends.cached_db" on a shared cache.',
        )
    ]


def check_development_apps(app_configs: object, **_: object) -> list[CheckWarning]:
    """W007: development tools loaded with DEBUG off."""
    loaded = sorted({name.partition(".")[0] for name in settings.INSTALLED_APPS} & DEVELOPMENT_APPS)
    if settings.DEBUG or not loaded:
        return []
    return [
        _warn(
            7,
            "settings/development-apps-in-development",
            f"Development apps are loaded in production: {', '.join(loaded)}.",
            hint="Add them to INSTALLED_APPS (and their middleware) in development's settings only.",
        )
    ]


def check_template_loaders(app_configs: object, **_: object) -> list[CheckWarning]:
    """W008: templates compiled at each use."""
    return [
        _warn(
            8,
            "settings/cached-template-loader",
            f"TEMPLATES[{number}] names loaders without the cached one: templates are compiled at each use.",
            hint='Remove "loaders" (Django then caches), or wrap them in django.template.loaders.cached.Loader.',
        )
        for number, engine in enumerate(settings.TEMPLATES)
        if (loaders := engine.get("OPTIONS", {}).get("loaders"))
        and not any(
            "cached.Loader" in str(one[0] if isinstance(one, (list, tuple)) else one) for one in loaders
        )
    ]


def check_error_alerts(app_configs: object, **_: object) -> list[CheckWarning]:
    """W009: nobody hears of an error."""
    if settings.ADMINS or any(name in sys.modules for name in ERROR_TRACKERS):
        return []
    if settings.LOGGING or settings.LOGGING_CONFIG != "logging.config.dictConfig":
        return []  # its handlers may reach a person: that is the reader of source's to tell
    return [
        _warn(
            9,
            "observability/error-alerts",
            "No error reaches a person: ADMINS is empty and no error tracker is loaded.",
            hint="Set ADMINS, or install an error tracker.",
        )
    ]


def check_allowed_hosts(app_configs: object, **_: object) -> list[CheckWarning]:
    """W010: any Host header is believed."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        _warn(
            10,
            "settings/allowed-hosts",
            'ALLOWED_HOSTS holds "*": links in mails and cached pages can be made to point anywhere.',
            hint="Name the hosts; give health checks the Host header of one of them.",
        )
    ]


def check_logging(app_configs: object, **_: object) -> list[CheckWarning]:
    """W011: Django's default logging only."""
    if settings.LOGGING or settings.LOGGING_CONFIG != "logging.config.dictConfig":
        return []
    return [
        _warn(
            11,
            "observability/logging",
            "LOGGING is empty: with DEBUG off, the project's own loggers write nothing below WARNING.",
            hint="Set LOGGING with a console handler, a level per logger and a formatter with the request's id.",
        )
    ]


def check_task_backend(app_configs: object, **_: object) -> list[CheckWarning]:
    """W012: tasks (Django 6.0 and later) that run inside the request."""
    tasks = getattr(settings, "TASKS", None)
    if not tasks or not settings.is_overridden("TASKS") or apps.is_installed("django_tenfold.tasks"):
        return []  # the block says it itself (W311)
    return [
        _warn(
            12,
            "tasks/off-request",
            f"TASKS[{alias!r}] runs tasks inside the request ({backend.rpartition('.')[2]}).",
            hint="Use a backend with a worker of its own.",
        )
        for alias, task in tasks.items()
        if (backend := str(task.get("BACKEND", ""))).endswith(("ImmediateBackend", "DummyBackend"))
    ]


CHECKS: tuple[Callable[..., list[CheckWarning]], ...] = (
    check_persistent_connections,
    check_connection_health,
    check_connection_timeout,
    check_database_engine,
    check_shared_cache,
    check_session_store,
    check_development_apps,
    check_template_loaders,
    check_error_alerts,
    check_allowed_hosts,
    check_logging,
    check_task_backend,
)


def register_checks() -> None:
    for check in CHECKS:
        register(check, SCALING, deploy=True)
