from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.stack.inspected import Inspected
from tenfold.stack.overlay.caches import (
    REDIS,
    cache_parts,
    channel_parts,
    hide_password,
    session_parts,
    task_parts,
)
from tests.stack.example_site import make_shape, make_site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.stack.overlay.parts import Part
    from tenfold.stack.site import Site

LOCAL = "django.core.cache.backends.locmem.LocMemCache"
APPS = ["django.contrib.sessions"]


def site_with(facts: dict[str, Any], *, config: dict[str, Any] | None = None, **shape: Any) -> Site:
    inspected = Inspected(django="5.2", facts={"INSTALLED_APPS": APPS, **facts})
    return make_site(shape=make_shape(inspected=inspected, **shape), config=config or {})


def sets(parts: Iterable[Part]) -> dict[tuple[str, ...], Any]:
    return {one.path: one.value for part in parts for one in part.operations if one.kind == "set"}


def drops(parts: Iterable[Part]) -> set[tuple[str, ...]]:
    return {one.path for part in parts for one in part.operations if one.kind == "drop"}


def test_a_cache_of_one_process_becomes_one_of_all() -> None:
    entry = {"BACKEND": LOCAL, "LOCATION": "x", "KEY_PREFIX": "shop", "OPTIONS": {"MAX_ENTRIES": 9}}
    parts = list(cache_parts(site_with({"CACHES": {"default": entry}})))
    assert sets(parts) == {
        ("CACHES", "default", "BACKEND"): REDIS,
        ("CACHES", "default", "LOCATION"): "redis://127.0.0.1:20379/0",
    }
    assert drops(parts) == {("CACHES", "default", "OPTIONS")}


def test_a_redis_backend_of_the_projects_own_is_kept_without_its_password() -> None:
    entry = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": ["rediss://far"],
        "OPTIONS": {"PASSWORD": ""},
    }
    parts = list(cache_parts(site_with({"CACHES": {"default": entry}})))
    assert sets(parts) == {("CACHES", "default", "LOCATION"): ["redis://127.0.0.1:20379/0"]}
    assert ("CACHES", "default", "OPTIONS", "PASSWORD") in drops(parts)


def test_aliases_of_one_place_stay_together_and_others_apart() -> None:
    redis = "django.core.cache.backends.redis.RedisCache"
    caches = {
        "default": {"BACKEND": redis, "LOCATION": "redis://a/1"},
        "same": {"BACKEND": redis, "LOCATION": "redis://a/1"},
        "other": {"BACKEND": redis, "LOCATION": "redis://a/2"},
        "local": {"BACKEND": LOCAL},
    }
    found = sets(cache_parts(site_with({"CACHES": caches})))
    numbers = [str(found["CACHES", alias, "LOCATION"])[-1] for alias in caches]
    assert numbers == ["0", "0", "1", "2"]


def test_a_cache_that_was_chosen_not_to_cache_stays_one() -> None:
    dummy = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    assert not list(cache_parts(site_with({"CACHES": {"default": dummy}})))


def test_an_old_django_keeps_its_cache_and_is_told_why() -> None:
    (part,) = cache_parts(site_with({"CACHES": {"default": {"BACKEND": LOCAL}}}, django=(3, 2)))
    assert not part.operations
    assert "django-redis" in part.change.why


def test_memcached_takes_the_place_where_it_is_asked_for() -> None:
    site = site_with({"CACHES": {"default": {"BACKEND": LOCAL}}}, config={"cache": "memcached"})
    assert sets(cache_parts(site))["CACHES", "default", "LOCATION"] == "127.0.0.1:20379"


def test_sessions_leave_the_database_only_when_they_were_in_it() -> None:
    engine = "django.contrib.sessions.backends."
    moved = sets(session_parts(site_with({"SESSION_ENGINE": f"{engine}db"})))
    assert moved == {("SESSION_ENGINE",): f"{engine}cached_db"}
    assert not list(session_parts(site_with({"SESSION_ENGINE": f"{engine}signed_cookies"})))
    kept = site_with({"SESSION_ENGINE": f"{engine}db"}, config={"cache": "keep"})
    assert not list(session_parts(kept))


def test_tasks_go_to_the_stacks_broker_and_results_beside_them() -> None:
    facts = {"CELERY_BROKER_URL": "amqp://far", "CELERY_RESULT_BACKEND": "redis://far"}
    found = sets(task_parts(site_with(facts)))
    assert found == {
        ("CELERY_BROKER_URL",): "redis://127.0.0.1:20380/0",
        ("CELERY_RESULT_BACKEND",): "redis://127.0.0.1:20380/1",
    }
    assert ("CELERY_RESULT_BACKEND",) not in sets(
        task_parts(site_with({"CELERY_RESULT_BACKEND": "django-db"}))
    )


def test_any_other_redis_that_settings_name_is_the_stacks() -> None:
    facts = {"REDIS": ["CACHEOPS_REDIS", "OURS"], "CACHEOPS_REDIS": "redis://far:6379/1"}
    found = sets(task_parts(site_with({**facts, "OURS": "redis://127.0.0.1:6379/3"})))
    assert found == {("CACHEOPS_REDIS",): "redis://127.0.0.1:20379/0"}


def test_channel_layers_in_memory_move_where_the_package_is_there() -> None:
    memory = {"CHANNEL_LAYERS": {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}}
    assert not list(channel_parts(site_with(memory)))
    found = sets(channel_parts(site_with(memory, installed={"channels-redis": "4"})))
    assert found["CHANNEL_LAYERS", "default", "BACKEND"] == "channels_redis.core.RedisChannelLayer"


def test_a_password_in_a_url_is_hidden() -> None:
    assert hide_password("amqp://tenfold:pw@127.0.0.1:5672//") == "amqp://tenfold:***@127.0.0.1:5672//"
    assert hide_password("redis://127.0.0.1:1/0") == "redis://127.0.0.1:1/0"
