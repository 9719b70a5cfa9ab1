"""Sessions live in a memory store and survive its loss.

With Django's default each request of a signed-in user reads a row of django_session, and the table grows
until somebody runs clearsessions. With the plain cache backend a restart or eviction of the cache logs
everybody out; with the local-memory cache each worker knows other sessions. A cache that only the default
of an environment variable makes local is the finding of `cache/shared-cache`, and taken to be shared here.
Holds with `django_tenfold.accounts.sessions` (read from memory, written through to the primary, no stale cache
believed), `cached_db` over a shared cache, signed cookies, or a Redis session store with persistence. A project
without sessions is not concerned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import SetSetting
from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
    Safety,
)
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Location, Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Sessions live in memory and survive its loss",
    broken="Sessions cost a query per request, or are lost with the cache",
    impact=Impact.MEDIUM,
    sources=("BP16", "DS6"),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/topics/http/sessions/#using-cached-sessions",),
    fix=Safety.SAFE,
)

_BACKENDS = "django.contrib.sessions.backends."
_CACHED_DB = f'"{_BACKENDS}cached_db"'
_MIDDLEWARE = "django.contrib.sessions.middleware.SessionMiddleware"
_UNSHARED = ("locmem", "dummy")
_UNFIT = (*_UNSHARED, "filebased", "db.DatabaseCache")


def check(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    middleware = settings.entries("MIDDLEWARE")
    loading = [entry for entry in middleware if "ession" in str(entry.value)]
    if not loading and any(isinstance(entry.value, Undetermined) for entry in middleware):
        yield CannotTell("MIDDLEWARE could not be read whole")
        return
    if middleware and not loading:
        yield NotApplicable("no session middleware is in use")
        return
    engines = settings.possible("SESSION_ENGINE")
    if not engines:
        if not settings.complete or not middleware:
            yield CannotTell("SESSION_ENGINE is not set in the settings that could be followed")
        else:
            yield _in_database(project, None, loading[0].where)
        return
    for engine in engines:
        if isinstance(engine.value, Undetermined):
            yield CannotTell(f"SESSION_ENGINE: {engine.value.why}", engine.where)
        elif engine.value == _BACKENDS + "db":
            yield _in_database(project, engine, engine.where)
        elif engine.value in (_BACKENDS + "cache", _BACKENDS + "cached_db"):
            yield from _in_cache(project, engine)
        elif engine.value == _BACKENDS + "file":
            yield practice.finding(
                engine.where,
                "Sessions are files on one machine: another replica does not know them.",
                remedy=f"SESSION_ENGINE = {_CACHED_DB}",
                symbol="SESSION_ENGINE",
                proof=engine.source,
                impact=Impact.HIGH,
                # A branch that a deployment may take is no statement about this one.
                confidence=Confidence.PREVIEW if engine.variable or engine.condition else Confidence.HIGH,
            )


def _in_database(project: Project, engine: Possible | None, where: Location) -> Judgement:
    decided = engine is not None and bool(engine.variable or engine.condition)
    fit = _is_fit(project)
    grows = "" if _clears(project) else ", and nothing here runs clearsessions, so the table only grows"
    return practice.finding(
        where,
        f"Sessions are rows: each request of a signed-in user costs a query for django_session{grows}.",
        remedy=f"SESSION_ENGINE = {_CACHED_DB}" + ("" if fit else "  # once CACHES has Redis or memcached"),
        symbol="SESSION_ENGINE",
        proof=engine.source if engine else "SESSION_ENGINE is not set: Django's default is the database",
        confidence=Confidence.MEDIUM if decided else Confidence.HIGH,
        fixable=not decided and fit,
    )


def _is_fit(project: Project) -> bool:
    """Whether the default cache is shared memory in every branch and without any variable."""
    backends = project.settings.possible("CACHES", "default", "BACKEND")
    return bool(backends) and not any(name in str(p.value) for p in backends for name in _UNFIT)


def _clears(project: Project) -> bool:
    return any("clearsessions" in command.text for command in project.repository.commands) or any(
        "clearsessions" in text for module in project.source for text in module.strings
    )


def _in_cache(project: Project, engine: Possible) -> Iterator[Judgement]:
    alias = next((p.value for p in project.settings.possible("SESSION_CACHE_ALIAS")), "default")
    backends = project.settings.possible("CACHES", str(alias), "BACKEND")
    decided = bool(engine.variable or engine.condition)
    if not any(p.variable for p in backends) and not _has_cache(project, str(alias), but=_UNSHARED):
        if not backends and not project.settings.complete:
            return
        yield practice.finding(
            engine.where,
            f"Sessions live in the cache {alias!r}, which each process has for itself: "
            + (
                "a change made on one worker is not seen on the next."
                if engine.value == _BACKENDS + "cached_db"
                else "a user is signed in on one worker and not on the next."
            ),
            remedy=f"Give CACHES[{alias!r}] a shared backend (Redis, Valkey or memcached).",
            symbol="SESSION_ENGINE",
            proof=f"CACHES[{alias!r}]: {backends[0].source if backends else 'not set (local memory)'}",
            impact=Impact.HIGH if decided or engine.value == _BACKENDS + "cached_db" else Impact.CRITICAL,
            confidence=Confidence.MEDIUM if decided else Confidence.HIGH,
            fixable=False,
        )
    elif engine.value == _BACKENDS + "cache":
        yield practice.finding(
            engine.where,
            f"Sessions live only in the cache {alias!r}: its restart, fail-over or eviction signs users out.",
            remedy=f"SESSION_ENGINE = {_CACHED_DB}  # written through to the database",
            symbol="SESSION_ENGINE",
            proof=engine.source,
            confidence=Confidence.MEDIUM,
            fixable=not (engine.variable or engine.condition),
        )


def _has_cache(project: Project, alias: str, *, but: tuple[str, ...]) -> bool:
    """Whether a possible backend of the alias is none of `but`; unknown ones are taken to be fit."""
    backends = project.settings.possible("CACHES", alias, "BACKEND")
    return any(not any(name in str(p.value) for name in but) for p in backends)


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """Sessions are read from the cache and written through; sessions in the database stay valid."""
    line = finding.where.line if project.settings.possible("SESSION_ENGINE") else 0
    yield SetSetting(finding.where.path, "SESSION_ENGINE", _CACHED_DB, line=line)


_SETTINGS = f"""
    CACHES = {{"default": {{"BACKEND": "django.core.cache.backends.redis.RedisCache"}}}}
    MIDDLEWARE = ["{_MIDDLEWARE}"]
"""
EXAMPLES = (
    Breaks(
        {"config/settings.py": _SETTINGS},
        at="config/settings.py:2",
        fixed={"config/settings.py": _SETTINGS + f"\n    SESSION_ENGINE = {_CACHED_DB}\n"},
    ),
    Breaks(
        {"config/settings.py": _SETTINGS + f'    SESSION_ENGINE = "{_BACKENDS}cache"\n'},
        at="config/settings.py:3",
    ),
    Breaks(
        {
            "config/settings.py": f"""
                MIDDLEWARE = ["{_MIDDLEWARE}"]
                SESSION_ENGINE = "{_BACKENDS}cache"
            """
        },
        at="config/settings.py:2",
    ),
    Holds({"config/settings.py": _SETTINGS + f"    SESSION_ENGINE = {_CACHED_DB}\n"}),
    Holds(
        {
            "config/settings.py": """
                CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
                MIDDLEWARE = ["django_tenfold.accounts.middleware.SessionMiddleware"]
                SESSION_ENGINE = "django_tenfold.accounts.sessions"
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": f"""
                import environ

                env = environ.Env()
                CACHES = {{"default": env.cache("CACHE_URL", default="locmemcache://")}}
                MIDDLEWARE = ["{_MIDDLEWARE}"]
                SESSION_ENGINE = {_CACHED_DB}
            """
        },
        because="production's CACHE_URL names the cache; its default is another practice's finding",
    ),
    LooksAlike(
        {"config/settings.py": 'MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]\n'},
        because="there are no sessions",
    ),
)
