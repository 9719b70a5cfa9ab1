"""The environment variables that a project's settings read, each with what it decides.

The settings themselves tell most: what stands in DATABASES["default"]["HOST"] is the database's host
whatever the variable is called. Names decide where the settings do not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.stack.export.input import Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.settings import Settings

_DECIDED = (
    (("SECRET_KEY",), "secret-key"),
    (("ALLOWED_HOSTS",), "hosts"),
    (("CSRF_TRUSTED_ORIGINS",), "origins"),
    (("DEBUG",), "debug"),
    (("CACHES", "default", "LOCATION"), "cache-url"),
    (("CELERY_BROKER_URL",), "broker-url"),
    (("BROKER_URL",), "broker-url"),
    (("CELERY_RESULT_BACKEND",), "results-url"),
    (("STATIC_ROOT",), "static-root"),
    (("MEDIA_ROOT",), "media-root"),
    (("DATABASES", "default", "CONN_MAX_AGE"), "database-age"),
    (("DATABASES", "default", "ENGINE"), "database-engine"),
    (("DATABASES", "default", "HOST"), "database-host"),
    (("DATABASES", "default", "PORT"), "database-port"),
    (("DATABASES", "default", "USER"), "database-user"),
    (("DATABASES", "default", "PASSWORD"), "database-password"),
    (("DATABASES", "default", "NAME"), "database-name"),
)
_NAMED = (
    (
        r"(\w+_)?(REPLICA|READ(ONLY)?|FOLLOWER)_?(DATABASE|DB)?_?URL|(DATABASE|DB)_(REPLICA|READ)\w*_URL",
        "replica-url",
    ),
    (r"DATABASE_URL|DB_URL|POSTGRES(QL)?_URL|DJANGO_DATABASE_URL", "database-url"),
    (r"CACHE_URL|REDIS_URL|REDIS_CACHE_URL|DJANGO_CACHE_URL|VALKEY_URL", "cache-url"),
    (r"(CELERY_)?BROKER_URL|CELERY_BROKER|CELERY_REDIS_URL", "broker-url"),
    (r"(CELERY_)?RESULTS?_(BACKEND|URL)", "results-url"),
    (r"(DJANGO_)?SECRET_KEY", "secret-key"),
    (r"(DJANGO_)?ALLOWED_HOSTS?", "hosts"),
    (r"(DJANGO_)?CSRF_TRUSTED_ORIGINS", "origins"),
    (r"(DJANGO_)?DEBUG", "debug"),
    (r"(DB|DATABASE|POSTGRES|PG|SQL)_?HOST(NAME)?", "database-host"),
    (r"(DB|DATABASE|POSTGRES|PG|SQL)_?PORT", "database-port"),
    (r"(DB|DATABASE|POSTGRES|PG|SQL)_?(NAME|DB|DATABASE)", "database-name"),
    (r"(DB|DATABASE|POSTGRES|PG|SQL)_?USER(NAME)?", "database-user"),
    (r"(DB|DATABASE|POSTGRES|PG|SQL)_?(PASSWORD|PASS)", "database-password"),
    (r"(DB|DATABASE|SQL)_ENGINE", "database-engine"),
    (r"(DB_|DATABASE_)?CONN_MAX_AGE", "database-age"),
    (r"REDIS_HOST(NAME)?|CACHE_HOST", "cache-host"),
    (r"REDIS_PORT|CACHE_PORT", "cache-port"),
)
_SECRET = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE|CREDENTIAL|(^|_)KEY$|API_?KEY|DSN$|_AUTH$|SALT")
_SECRET_ROLES = {"secret-key", "database-password", "database-url", "replica-url"}
_CHOICE = re.compile(r"""(?:os\.)?(?:getenv|environ\.get)\(["'](\w+)["'](?:, [^)]*)?\) == ["'](\w+)["']""")
OF_THE_PLATFORM = frozenset(
    {"DJANGO_SETTINGS_MODULE", "PATH", "HOME", "PORT", "HOSTNAME", "PYTHONPATH", "USER"}
)


def read_variables(settings: Settings) -> tuple[Variable, ...]:
    """Every variable that the settings read, in the order of their places."""
    roles = dict(_decided_roles(settings))
    chosen = dict(_choices(settings))
    made = []
    for name, places in settings.variables.items():
        if name in OF_THE_PLATFORM:
            continue
        role = roles.get(name) or _role_of_name(name)
        if role == "cache-url" and "TLS" in name:  # a store inside the stack's own network speaks plainly
            role = ""
        if name in chosen:
            role = f"={chosen[name]}"
        secret = role in _SECRET_ROLES or (not role and is_secret(name))
        made.append(Variable(name, role, str(places[0]) if places else "", secret))
    return tuple(made)


def is_secret(name: str) -> bool:
    """Whether a variable of that name holds a secret. A name that ends in _FILE points at one."""
    return bool(_SECRET.search(name.upper())) and not name.endswith(("_FILE", "_PATH", "_URL"))


def _decided_roles(settings: Settings) -> Iterator[tuple[str, str]]:
    """(variable, role) as the settings use it. One that decides name and password at once is a URL."""
    for path, role in reversed(_DECIDED):  # the last one said of a variable counts: earlier rows win
        for possible in settings.possible(*path):
            for name in filter(None, possible.variable.split(", ")):
                yield name, role
    urls = _variables(settings, "NAME") & _variables(settings, "PASSWORD")
    yield from ((name, "database-url") for name in urls)


def _variables(settings: Settings, key: str) -> set[str]:
    found = settings.possible("DATABASES", "default", key)
    return {name for possible in found for name in possible.variable.split(", ") if name}


def _choices(settings: Settings) -> Iterator[tuple[str, str]]:
    """(variable, value) that must be set for the branch of the settings that takes PostgreSQL."""
    for possible in settings.possible("DATABASES", "default", "ENGINE"):
        if "postg" not in str(possible.value):
            continue
        for branch in possible.branches:
            found = _CHOICE.fullmatch(branch.test)
            if found and branch.taken:
                yield found[1], found[2]


def _role_of_name(name: str) -> str:
    return next((role for pattern, role in _NAMED if re.fullmatch(pattern, name)), "")
