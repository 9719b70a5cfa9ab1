"""System checks of the block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Warning, register
from django.utils.module_loading import import_string

from django_tenfold.cache.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.checks import CheckMessage

_REDIS = "RedisCache"
_LOCAL = ("locmem.LocMemCache", "dummy.DummyCache")
_CACHE_SESSIONS = "django.contrib.sessions.backends.cache"


def check_options(app_configs: object, **_: object) -> list[CheckMessage]:
    """E701 to E704: an option that does not exist or cannot be, a model, a cache or an edge that is not there."""
    if problems := options.report_problems("tenfold.E701"):
        return [*problems]
    return [*_find_unknown_models(), *_find_unknown_cache(), *_find_edge_faults()]


def _find_unknown_models() -> Iterator[CheckMessage]:
    for label in options().models:
        try:
            apps.get_model(label)
        except (LookupError, ValueError):
            yield Error(
                f'TENFOLD_CACHE["models"] names {label!r}, which is no model of an installed application: nothing'
                " can be taken back when it changes.",
                hint='Write "app_label.ModelName".',
                id="tenfold.E702",
            )


def _find_unknown_cache() -> Iterator[CheckMessage]:
    if options().alias not in settings.CACHES:
        yield Error(
            f'TENFOLD_CACHE["alias"] is {options().alias!r}, which CACHES does not have: every cached view fails.',
            hint=f"Name one of {', '.join(settings.CACHES)}.",
            id="tenfold.E703",
        )


def _find_edge_faults() -> Iterator[CheckMessage]:
    told = options()
    if not told.edge_purger:
        return
    own = told.edge_purger.startswith("django_tenfold.")
    try:
        import_string(told.edge_purger)
        fault = (
            ""
            if told.edge_url.startswith(("http://", "https://")) or not own
            else "has no edge_url to send to"
        )
    except ImportError as error:
        fault = f"cannot be imported ({error})"
    if fault:
        yield Error(
            f'TENFOLD_CACHE["edge_purger"] is {told.edge_purger!r}, which {fault}: caches before the site would keep'
            " every page for its whole edge_seconds, whatever changes.",
            hint="Name a function of django_tenfold.cache.edge_purgers and set edge_url to the http or https address"
            " that it purges at, or name a function of your own.",
            id="tenfold.E704",
        )


def check_deployment(app_configs: object, **_: object) -> list[CheckMessage]:
    """W701 to W704, under `check --deploy`: what is exact on one machine and not on many."""
    if options.report_problems("") or options().alias not in settings.CACHES:
        return []
    return [*_find_local_cache(), *_find_replicas(), *_find_patience(), *_find_cache_sessions()]


def _find_local_cache() -> Iterator[CheckMessage]:
    backend = settings.CACHES[options().alias]["BACKEND"]
    if not backend.endswith(_REDIS):
        own = backend.endswith(_LOCAL)
        why = "each process has its own" if own else "its steps are not atomic between processes"
        yield Warning(
            f"The cache {options().alias!r} is {backend}: {why}, so a change that one process makes does not reliably"
            " take back what others serve.",
            hint='Set its BACKEND to "django_tenfold.cache.backends.FailOpenRedisCache", its LOCATION to a Redis or'
            " Valkey.",
            id="tenfold.W701",
        )


def _find_replicas() -> Iterator[CheckMessage]:
    if settings.DATABASE_ROUTERS and len(settings.DATABASES) > 1 and not options().settle_seconds:
        yield Warning(
            "Database routers may send reads to replicas, and settle_seconds is 0: what is made from a replica that has"
            " not heard of a commit would be kept after it.",
            hint='Set TENFOLD_CACHE["settle_seconds"] to the greatest lag of a replica, 1 or more.',
            id="tenfold.W702",
        )


def _find_patience() -> Iterator[CheckMessage]:
    entry: dict[str, Any] = settings.CACHES[options().alias]
    own = entry["BACKEND"].startswith("django_tenfold.")
    if entry["BACKEND"].endswith(_REDIS) and not own and "socket_timeout" not in entry.get("OPTIONS", {}):
        yield Warning(
            f"The cache {options().alias!r} has no timeout and does not fail open: while the server hangs each"
            " request that asks it hangs too, and when it is gone each is an error.",
            hint='Set its BACKEND to "django_tenfold.cache.backends.FailOpenRedisCache".',
            id="tenfold.W703",
        )


def _find_cache_sessions() -> Iterator[CheckMessage]:
    alias = settings.SESSION_CACHE_ALIAS
    backend = settings.CACHES.get(alias, {}).get("BACKEND", "")
    if settings.SESSION_ENGINE == _CACHE_SESSIONS and backend.startswith("django_tenfold.cache."):
        yield Warning(
            "Sessions are in a cache that fails open: while its server is gone everybody is logged out, and a login is"
            " an error.",
            hint='Set SESSION_ENGINE to "django.contrib.sessions.backends.cached_db".',
            id="tenfold.W704",
        )


def register_checks() -> None:
    register(check_options)
    register(check_deployment, deploy=True)
