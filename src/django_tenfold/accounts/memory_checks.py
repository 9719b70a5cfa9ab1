"""System checks of sessions and users from memory: tenfold.E/W24x."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError, connections, router
from django.utils.module_loading import import_string

from django_tenfold.accounts.models import Session
from django_tenfold.accounts.remembered_relations import refuse_relation
from django_tenfold.accounts.request_user import is_rememberable
from django_tenfold.accounts.settings import options
from django_tenfold.accounts.triggers import find_missing, list_existing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.core.checks import CheckMessage

ENGINE = "django_tenfold.accounts.sessions"
MIDDLEWARE = "django_tenfold.accounts.middleware."
LONGEST_TIMEOUT = 1.0
"""Seconds that one request may wait for a cache that is dead."""


def check_memory(app_configs: object, **_: object) -> list[CheckMessage]:
    """W241, W244, E245, W248, E249: how sessions and users are wired in the settings."""
    if [*options.find_problems()]:
        return []  # E201 tells them; the options cannot be read
    found = [*_check_middleware(), *_check_fields(), *_check_relations(), *_check_pace()]
    if _has_middleware("AuthenticationMiddleware"):
        found += _check_backends()
    return found


def check_session_cache(app_configs: object, **_: object) -> list[CheckMessage]:
    """W242, W243: where it is deployed, since development rightly has another cache."""
    return [*_check_cache()] if settings.SESSION_ENGINE == ENGINE else []


def _has_middleware(name: str) -> bool:
    return MIDDLEWARE + name in settings.MIDDLEWARE


def _check_middleware() -> Iterator[CheckMessage]:
    if settings.SESSION_ENGINE == ENGINE and not _has_middleware("SessionMiddleware"):
        yield CheckWarning(
            "Sessions are read from the shared cache in each request: Django's SessionMiddleware cannot tell what"
            " a browser has seen, so a process's own memory is not used.",
            hint=f'Put "{MIDDLEWARE}SessionMiddleware" in MIDDLEWARE in place of Django\'s.',
            id="tenfold.W241",
        )


def _check_pace() -> Iterator[CheckMessage]:
    told = options()
    if told.poll_seconds * 2 > told.stale_seconds:
        yield CheckWarning(
            f"Processes ask what has changed every {told.poll_seconds:g} s and rely on it for {told.stale_seconds:g} s:"
            " one slow answer, and requests ask the database.",
            hint="Set TENFOLD_ACCOUNTS' poll_seconds to a third of stale_seconds or less.",
            id="tenfold.W248",
        )


def _check_cache() -> Iterator[CheckMessage]:
    alias = settings.SESSION_CACHE_ALIAS
    cache = settings.CACHES.get(alias, {})
    backend = str(cache.get("BACKEND", ""))
    if backend.endswith(("LocMemCache", "DummyCache", "FileBasedCache", "DatabaseCache")):
        yield CheckWarning(
            f"The session cache {alias!r} is {backend.rpartition('.')[2]}: each process that does not know a session"
            " yet asks the database, and after a deployment all of them do at once.",
            hint=f"Give CACHES[{alias!r}] a shared backend: Redis, Valkey or memcached.",
            id="tenfold.W242",
        )
    elif backend.endswith("RedisCache") and not _has_timeouts(cache.get("OPTIONS", {})):
        yield CheckWarning(
            f"The session cache {alias!r} has no short time limit: when its host stops answering, requests wait for"
            " it for minutes.",
            hint='Set OPTIONS = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}.',
            id="tenfold.W243",
        )


def _has_timeouts(given: dict[str, Any]) -> bool:
    given = {
        **given.get("CONNECTION_POOL_KWARGS", {}),
        **given,
    }  # django-redis keeps them there, or in capitals
    names = ("socket_timeout", "socket_connect_timeout")
    return all(0 < (given.get(name) or given.get(name.upper()) or 0) <= LONGEST_TIMEOUT for name in names)


def _check_backends() -> Iterator[CheckMessage]:
    for path in settings.AUTHENTICATION_BACKENDS:
        backend = import_string(path)
        if hasattr(backend, "get_user") and not is_rememberable(backend, path):
            yield CheckWarning(
                f"Users of {path} are read from the database in each request: it has a get_user() or"
                " user_can_authenticate() of its own, which may ask for more than the user's row.",
                hint="If it depends on the row alone, name it in TENFOLD_ACCOUNTS = "
                f'{{"remembered_backends": ["{path}"]}}; else silence this check.',
                id="tenfold.W244",
            )


def _check_fields() -> Iterator[CheckMessage]:
    for named in options().user_also:
        if reason := _refuse_field(named):
            yield Error(
                f"TENFOLD_ACCOUNTS['user_also'] names {named!r}: {reason}.",
                hint='Name the field of a model that leads to the user: "app.Model.field".',
                id="tenfold.E245",
            )


def _check_relations() -> Iterator[CheckMessage]:
    for named in options().user_with:
        if reason := refuse_relation(get_user_model(), named):
            yield Error(
                f"TENFOLD_ACCOUNTS['user_with'] names {named!r}: {reason}.",
                hint="Name what stands after the user, `profile` of user.profile, where Profile has"
                " user = OneToOneField(settings.AUTH_USER_MODEL).",
                id="tenfold.E249",
            )


def _refuse_field(named: str) -> str:
    model, _, name = named.rpartition(".")
    try:
        field = apps.get_model(model)._meta.get_field(name)
    except (LookupError, ValueError):
        return "there is no such model"
    except FieldDoesNotExist:
        return "the model has no such field"
    if getattr(field, "related_model", None) is not get_user_model() or not getattr(field, "column", None):
        return "the field does not lead to the user"
    return (
        "" if field.target_field.primary_key else "the field holds something else than the user's primary key"
    )


def check_log(app_configs: object, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """W246: triggers that are missing; asked by `migrate` and by `check --database`.

    No error: it would keep `migrate`, which installs what is missing, from running.
    """
    found = (_check_triggers(alias) for alias in _list_used(databases))
    return [one for some in found for one in some]


def check_engine(
    app_configs: object, databases: Sequence[str] | None = None, **_: object
) -> list[CheckMessage]:
    """W247: a database without a change log; asked by `check --deploy --database`, since development differs."""
    return [
        CheckWarning(
            f"Database {alias!r} is {connections[alias].display_name}: it has no change log, so sessions and users"
            f" are read again after {options().stale_seconds:g} s, and the session cache is not used.",
            hint="Use PostgreSQL; there a process asks for what has changed instead.",
            id="tenfold.W247",
        )
        for alias in _list_used(databases)
        if connections[alias].vendor != "postgresql"
    ]


def _list_used(databases: Sequence[str] | None) -> set[str]:
    """Of the databases that may be asked, those that hold sessions and users."""
    if [*options.find_problems()] or options().memory == "never":
        return set()
    return {router.db_for_write(Session), router.db_for_write(get_user_model())} & {*(databases or ())}


def _check_triggers(alias: str) -> Iterator[CheckMessage]:
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return
    try:
        with connection.cursor() as cursor:
            watched = list_existing(cursor)
            missing = find_missing(cursor, watched) if watched else []
    except DatabaseError:
        return  # whoever asks for this check hears that from Django
    if missing:
        yield CheckWarning(
            f"Database {alias!r} lacks triggers of the change log: {', '.join(missing)}. Sessions and users are read"
            " from it in each request.",
            hint="Run `manage.py migrate`: it installs what is missing.",
            id="tenfold.W246",
        )


def register_memory_checks() -> None:
    register(check_memory, "accounts")
    register(check_session_cache, "accounts", deploy=True)
    register(check_log, Tags.database)
    register(check_engine, Tags.database, deploy=True)
