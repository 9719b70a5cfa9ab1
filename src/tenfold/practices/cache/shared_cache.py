"""A shared memory cache backs the cache framework.

Django's default cache is a dictionary in each process: every worker fills its own, a deletion reaches one of
them, counters and locks count per process, and a restart empties it. With eight workers a cached page is
computed eight times and stale in seven.
Holds when CACHES["default"] is Redis, Valkey or memcached, or an environment variable or branch can make it
so. The dummy, file and database caches are reported as well. Where nothing in the project uses the cache yet,
the finding is of lower impact and confidence: what counts is that the next `cache.set`, throttle or
`cached_db` session finds a shared one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import AddImport, SetKey
from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    Practice,
    Safety,
)
from tenfold.project.settings import MISSING, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="A shared memory cache backs the cache framework",
    broken="No shared memory cache backs the cache framework",
    impact=Impact.HIGH,
    sources=("BP14", "DS5", "OM8"),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/topics/cache/#setting-up-the-cache",),
    fix=Safety.UNSAFE,
)

_LACKING = {
    "locmem": "a dictionary in each process, which workers neither share nor invalidate",
    "dummy": "nothing is cached at all",
    "filebased": "one machine's disk, culled by listing the whole folder",
    "db.DatabaseCache": "each hit is a query to the database that the cache should spare",
}


_USES = (
    ("django.core.cache", "cache"),
    ("django.core.cache", "caches"),
    ("django.core", "cache"),
    ("django.views.decorators.cache", "cache_page"),
)


_REMEDY = '"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": os.environ["REDIS_URL"]'


def check(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    backends = settings.possible("CACHES", "default", "BACKEND")
    if not backends or all(p.value is MISSING and not p.variable for p in backends):
        yield from _not_set(project)
        return
    if any(isinstance(p.value, str) and not _lacks(p.value) for p in backends):
        return
    for backend in backends:
        yield from _judge(backend)


def _not_set(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    if not settings.complete:
        yield CannotTell("CACHES is not set in the settings that could be followed")
        return
    used = _use(project)
    yield practice.finding(
        settings.where("CACHES"),
        "CACHES is not set, so the default cache is " + _LACKING["locmem"] + ".",
        remedy='CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",'
        ' "LOCATION": os.environ["REDIS_URL"]}}',
        symbol="CACHES",
        proof=used or "nothing in the project uses the cache yet",
        impact=Impact.HIGH if used else Impact.MEDIUM,
        confidence=Confidence.HIGH if used else Confidence.MEDIUM,
    )


def _use(project: Project) -> str:
    """A place that uses the cache, in words; "" when none was found."""
    for engine in project.settings.possible("SESSION_ENGINE"):
        if "cache" in str(engine.value):
            return f"SESSION_ENGINE is {engine.value}"
    for module in project.source:
        for imported in module.imports:
            name = imported.name or imported.module.rpartition(".")[2]
            if (imported.module, name) in _USES and not project.contexts.of(module.path):
                return f"{module.path}:{imported.line} imports {name} of {imported.module}"
    return ""


def _judge(backend: Possible) -> Iterator[Judgement]:
    if isinstance(backend.value, Undetermined):
        yield CannotTell(f"CACHES['default'] BACKEND: {backend.value.why}", backend.where)
    elif isinstance(backend.value, str) and (why := _lacks(backend.value)):
        unless = f"Unless the environment sets {backend.variable}, the" if backend.variable else "The"
        yield practice.finding(
            backend.where,
            f"{unless} default cache is {backend.value.rpartition('.')[2]}: {why}.",
            remedy=f"Give {backend.variable} no default, so that a deployment without a shared cache does not"
            " start; development sets it."
            if backend.variable
            else _REMEDY,
            symbol="CACHES.default.BACKEND",
            proof=backend.source,
            impact=Impact.MEDIUM if "db.DatabaseCache" in backend.value else None,
            confidence=Confidence.MEDIUM if backend.condition or backend.variable else Confidence.HIGH,
            fixable=not (backend.condition or backend.variable),
        )


def _lacks(backend: str) -> str:
    return next((why for name, why in _LACKING.items() if name in backend), "")


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """Redis from REDIS_URL; unsafe because the deployment must offer one."""
    path = finding.where.path
    yield AddImport(path, "import os")
    yield SetKey(path, ("CACHES", "default", "BACKEND"), '"django.core.cache.backends.redis.RedisCache"')
    yield SetKey(path, ("CACHES", "default", "LOCATION"), 'os.environ["REDIS_URL"]')


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                CACHES = {
                    "default": {
                        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                    }
                }
            """
        },
        at="config/settings.py:3",
        fixed={
            "config/settings.py": """
                import os

                CACHES = {
                    "default": {
                        "BACKEND": "django.core.cache.backends.redis.RedisCache",
                        "LOCATION": os.environ["REDIS_URL"],
                    }
                }
            """
        },
    ),
    Breaks({"config/settings.py": "DEBUG = False\n"}, at="config/settings.py"),
    Holds(
        {
            "config/settings.py": """
                import os

                CACHES = {
                    "default": {
                        "BACKEND": "django.core.cache.backends.redis.RedisCache",
                        "LOCATION": os.environ["REDIS_URL"],
                    },
                    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
                }
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                import os

                if os.environ.get("REDIS_URL"):
                    CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache"}}
                else:
                    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
            """
        },
        because="a deployment with REDIS_URL shares its cache",
    ),
)
