"""CACHES, sessions, task queues and channel layers on the stack's Valkey (or memcached)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.stack.addresses import LOOPBACK, broker_url, cache_url
from tenfold.stack.endpoints import draft_endpoints
from tenfold.stack.overlay.parts import DROP, Operation, Part, set_part
from tenfold.stack.plan import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.stack.site import Site

REDIS = "django.core.cache.backends.redis.RedisCache"
MEMCACHED = "django.core.cache.backends.memcached.PyMemcacheCache"
SESSIONS = "django.contrib.sessions.backends."
DATABASES = 16
"""Valkey's default number of databases."""
STALE = ("PASSWORD", "USERNAME", "SENTINELS", "SENTINEL_KWARGS", "password", "username", "ssl_cert_reqs")
"""OPTIONS that belong to the project's own server."""
KEPT = ("KEY_PREFIX", "TIMEOUT", "VERSION", "KEY_FUNCTION")


def cache_parts(site: Site) -> Iterator[Part]:
    """Every alias in memory that all processes share; DummyCache stays one: it was chosen not to cache."""
    if site.config.cache == "keep":
        return
    entries = site.shape.inspected.entries("CACHES") or {"default": {}}
    places: dict[str, int] = {}
    for alias, entry in entries.items():
        backend = str(entry.get("BACKEND") or "")
        if backend.endswith(".DummyCache"):
            continue
        # Aliases of one place stay in one: what one writes another may read.
        place = str(entry.get("LOCATION") or "") if "redis" in backend.lower() else alias
        number = places.setdefault(place or alias, len(places)) % DATABASES
        yield _cache(site, alias, entry, number)


def _cache(site: Site, alias: str, entry: Mapping[str, Any], number: int) -> Part:
    at = ("CACHES", alias)
    backend = str(entry.get("BACKEND") or "")
    what = f"CACHES[{alias!r}]"
    if site.config.cache == "memcached":
        made = {"BACKEND": MEMCACHED, "LOCATION": f"{LOOPBACK}:{site.ports['cache']}"}
        change = Change(what, "memcached", "the configuration asks for it")
        return Part(change, tuple(_replaced(at, entry, made)))
    url = cache_url(site, database=number)
    if "redis" in backend.lower() or "valkey" in backend.lower():
        return Part(Change(what, url, f"the stack's Valkey; {backend} is kept"), tuple(_kept(at, entry, url)))
    if site.shape.django < (4, 0):
        why = "Django before 4.0 has no Redis backend of its own; install django-redis to share this cache"
        return Part(Change(what, f"{backend} (unchanged)", why))
    why = (
        f"every process sees the same entries; {backend.rpartition('.')[2] or 'a cache'} is one process's own"
    )
    if backend.endswith(".DatabaseCache"):
        why = "entries need no query, and no table"
    return Part(Change(what, url, why), tuple(_replaced(at, entry, {"BACKEND": REDIS, "LOCATION": url})))


def _kept(at: tuple[str, ...], entry: Mapping[str, Any], url: str) -> Iterator[Operation]:
    several = isinstance(entry.get("LOCATION"), list)
    yield Operation((*at, "LOCATION"), [url] if several else url)
    yield from (Operation((*at, "OPTIONS", name), kind=DROP) for name in STALE)
    yield Operation((*at, "OPTIONS", "CONNECTION_POOL_KWARGS", "ssl_cert_reqs"), kind=DROP)
    options = entry.get("OPTIONS")
    client = str(options.get("CLIENT_CLASS") or "") if isinstance(options, dict) else ""
    if "sentinel" in client.lower() or "cluster" in client.lower():
        yield Operation((*at, "OPTIONS", "CLIENT_CLASS"), "django_redis.client.DefaultClient")
        yield Operation((*at, "OPTIONS", "CONNECTION_FACTORY"), kind=DROP)


def _replaced(at: tuple[str, ...], entry: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[Operation]:
    """Another backend: it keeps how keys are named and how long entries live, and takes none of the other's
    options (MAX_ENTRIES), which it would hand to its client."""
    yield from (Operation((*at, key), value) for key, value in made.items())
    yield from (Operation((*at, key), kind=DROP) for key in entry if key not in (*KEPT, *made))


def session_parts(site: Site) -> Iterator[Part]:
    """Sessions from the database to the cache, where the project left them in the database."""
    wanted = site.config.sessions
    inspected = site.shape.inspected
    engine = inspected.text("SESSION_ENGINE")
    shared = site.config.cache != "keep" and site.shape.django >= (4, 0)
    if wanted == "keep" or not shared or engine != f"{SESSIONS}db":
        return
    if "django.contrib.sessions" in inspected.items("INSTALLED_APPS"):
        why = "a request reads its session from memory"
        yield set_part("SESSION_ENGINE", SESSIONS + wanted, why, shown=wanted)


def task_parts(site: Site) -> Iterator[Part]:
    """Where tasks and their results go, and every other Redis that the settings name."""
    facts, inspected = site.shape.inspected.facts, site.shape.inspected
    handled = set()
    if site.shape.celery and "broker" in site.ports:
        broker = broker_url(site)
        for name in sorted(name for name in facts if name.endswith("BROKER_URL")):
            handled.add(name)
            yield set_part(name, broker, "the stack's broker", shown=hide_password(broker))
        results = broker.removesuffix("/0") + "/1" if broker.startswith("redis") else "rpc://"
        for name in sorted(name for name in facts if name.endswith("RESULT_BACKEND")):
            if inspected.text(name).startswith(("redis", "amqp", "rpc", "pyamqp")):
                handled.add(name)
                yield set_part(name, results, "results beside the broker")
    if site.config.cache != "valkey":
        return
    draft = draft_endpoints("")
    for name in inspected.items("REDIS"):
        given = inspected.text(name).startswith((draft.cache_url, draft.broker.rpartition("/")[0]))
        if name not in handled and not given:
            yield set_part(name, cache_url(site), "it names a Redis that is not the stack's")


def channel_parts(site: Site) -> Iterator[Part]:
    """Channel layers that go through Redis."""
    if site.config.cache != "valkey":
        return
    url = cache_url(site)
    for alias, entry in site.shape.inspected.entries("CHANNEL_LAYERS").items():
        backend = str(entry.get("BACKEND") or "")
        if "redis" not in backend and "channels-redis" not in site.shape.installed:
            continue
        at = ("CHANNEL_LAYERS", alias)
        operations = [Operation((*at, "CONFIG", "hosts"), [url])]
        if "redis" not in backend:
            operations.insert(0, Operation((*at, "BACKEND"), "channels_redis.core.RedisChannelLayer"))
        change = Change(f"CHANNEL_LAYERS[{alias!r}]", url, "all processes share one layer")
        yield Part(change, tuple(operations))


def hide_password(url: str) -> str:
    """The URL without what stands between its user and its host."""
    head, at, tail = url.partition("@")
    return f"{head.rpartition(':')[0]}:***@{tail}" if at else url
