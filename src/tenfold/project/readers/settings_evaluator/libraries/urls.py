"""URL parsers: dj-database-url, dj-email-url, django-cache-url, and the like of django-environ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tenfold.project.readers.settings_evaluator.environment import read_environment
from tenfold.project.readers.settings_evaluator.lifting import default_of, distribute
from tenfold.project.readers.settings_evaluator.mutations import set_item
from tenfold.project.settings_values import MISSING, Choice, Entries, FromEnvironment, Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.model import Location
    from tenfold.project.readers.settings_evaluator.objects import Call

_POSTGRESQL = "django.db.backends.postgresql"
ENGINES = {
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    "psql": _POSTGRESQL,
    "pgsql": _POSTGRESQL,
    "postgis": "django.contrib.gis.db.backends.postgis",
    "mysql": "django.db.backends.mysql",
    "mysql2": "django.db.backends.mysql",
    "mysqlgis": "django.contrib.gis.db.backends.mysql",
    "mysql-connector": "mysql.connector.django",
    "sqlite": "django.db.backends.sqlite3",
    "sqlite3": "django.db.backends.sqlite3",
    "spatialite": "django.contrib.gis.db.backends.spatialite",
    "oracle": "django.db.backends.oracle",
    "mssql": "mssql",
    "cockroach": "django_cockroachdb",
    "timescale": "timescale.db.backends.postgresql",
}
_CACHE = "django.core.cache.backends."
CACHES = {
    "dummy": f"{_CACHE}dummy.DummyCache",
    "dummycache": f"{_CACHE}dummy.DummyCache",
    "locmem": f"{_CACHE}locmem.LocMemCache",
    "locmemcache": f"{_CACHE}locmem.LocMemCache",
    "db": f"{_CACHE}db.DatabaseCache",
    "dbcache": f"{_CACHE}db.DatabaseCache",
    "file": f"{_CACHE}filebased.FileBasedCache",
    "filecache": f"{_CACHE}filebased.FileBasedCache",
    "memcached": f"{_CACHE}memcached.PyMemcacheCache",
    "pymemcache": f"{_CACHE}memcached.PyMemcacheCache",
    "pymemcached": f"{_CACHE}memcached.PyMemcacheCache",
    "memcache": f"{_CACHE}memcached.PyMemcacheCache",
    "pylibmc": f"{_CACHE}memcached.PyLibMCCache",
}
_REDIS_SCHEMES = ("redis", "rediss", "rediscache", "hiredis", "redis+socket")
MAILERS = {
    "smtp": "smtp",
    "smtps": "smtp",
    "smtp+tls": "smtp",
    "smtp+ssl": "smtp",
    "submission": "smtp",
    "submit": "smtp",
    "console": "console",
    "consolemail": "console",
    "file": "filebased",
    "filemail": "filebased",
    "memory": "locmem",
    "memorymail": "locmem",
    "dummy": "dummy",
    "dummymail": "dummy",
}
DATABASE_KEYS = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
CACHE_KEYS = ("BACKEND", "LOCATION", "OPTIONS")
EMAIL_KEYS = (
    "EMAIL_BACKEND",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_USE_TLS",
    "EMAIL_USE_SSL",
    "EMAIL_FILE_PATH",
)


def parse_database(url: str) -> dict[str, Any]:
    """Django's database keys of a URL, as far as it gives them."""
    parts = urlsplit(url)
    query = _query(parts.query)
    found: dict[str, Any] = {"NAME": unquote(parts.path.removeprefix("/"))}
    engine = ENGINES.get(parts.scheme)
    if engine is not None:
        found["ENGINE"] = engine
    for key, value in (("USER", parts.username), ("PASSWORD", parts.password), ("HOST", parts.hostname)):
        found[key] = unquote(value or "")
    found["PORT"] = parts.port or ""
    if query:
        found["OPTIONS"] = Entries(query)
    if found.get("ENGINE", "").endswith("sqlite3") and not found["NAME"]:
        found["NAME"] = ":memory:"
    return found


def parse_cache(url: str) -> dict[str, Any]:
    """Django's cache keys of a URL. The backend of a Redis URL differs by library and is left out."""
    parts = urlsplit(url)
    found: dict[str, Any] = {"LOCATION": parts.netloc or parts.path}
    if parts.scheme in CACHES:
        found["BACKEND"] = CACHES[parts.scheme]
    elif parts.scheme in _REDIS_SCHEMES:
        found["LOCATION"] = url.partition("?")[0]
    return found


def parse_email(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings of a URL."""
    parts = urlsplit(url)
    found: dict[str, Any] = {
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_FILE_PATH": parts.path.removeprefix("/"),
    }
    if parts.scheme in MAILERS:
        found["EMAIL_BACKEND"] = f"django.core.mail.backends.{MAILERS[parts.scheme]}.EmailBackend"
    query = _query(parts.query)
    secure = "true" in (query.get("tls", "").lower(), query.get("ssl", "").lower())
    found["EMAIL_USE_TLS"] = parts.scheme == "smtp+tls" or (secure and "tls" in query)
    found["EMAIL_USE_SSL"] = parts.scheme in ("smtps", "smtp+ssl") or (secure and "ssl" in query)
    return found


def _query(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {unquote(key): unquote(value) for key, _, value in pairs}


_PARSERS: dict[str, tuple[Callable[[str], dict[str, Any]], tuple[str, ...]]] = {
    "db_url": (parse_database, DATABASE_KEYS),
    "cache_url": (parse_cache, CACHE_KEYS),
    "email_url": (parse_email, EMAIL_KEYS),
}


def url_entries(value: Any, cast: str, *, where: Location, extra: dict[str, Any] | None = None) -> Any:
    """The dict that a URL parser makes of `value`; `cast` is "db_url", "cache_url" or "email_url"."""
    if isinstance(value, Choice):
        return distribute(value, lambda part: url_entries(part, cast, where=where, extra=extra))
    parse, keys = _PARSERS[cast]
    standard = default_of(value)
    fields: dict[str, Any] = {}
    if isinstance(standard, str) and standard:
        try:
            fields = parse(standard)
        except ValueError:
            return Undetermined("a URL that cannot be parsed")
    elif not isinstance(value, FromEnvironment):
        return Undetermined("a URL that is not known") if standard else Entries()
    made = Entries()
    for key in keys:
        part = fields.get(key, MISSING)
        if isinstance(value, FromEnvironment):
            part = FromEnvironment(value.variable, part, cast)
        if part is not MISSING:
            set_item(made, key, part, where=where)
    for key, part in (extra or {}).items():
        set_item(made, key, part, where=where)
    return made


_OPTIONS = {
    "engine": "ENGINE",
    "conn_max_age": "CONN_MAX_AGE",
    "conn_health_checks": "CONN_HEALTH_CHECKS",
    "disable_server_side_cursors": "DISABLE_SERVER_SIDE_CURSORS",
    "backend": "BACKEND",
}


def _extra(call: Call, *, first: int) -> dict[str, Any]:
    """What a dj_database_url call passes besides the URL: `first` is the position of `engine`."""
    names = ("engine", "conn_max_age", "conn_health_checks", "disable_server_side_cursors", "ssl_require")
    given = dict(zip(names, call.arguments[first:], strict=False)) | call.keywords
    extra = {_OPTIONS[name]: value for name, value in given.items() if name in _OPTIONS and value is not None}
    if given.get("ssl_require") is True:
        extra["OPTIONS"] = Entries({"sslmode": "require"})
    if "test_options" in given:
        extra["TEST"] = given["test_options"]
    return extra


def _database_config(call: Call) -> Any:
    name = call.argument(0, "env", "DATABASE_URL")
    default = call.argument(1, "default", MISSING)
    read = read_environment(name, default, frame=call.frame, node=call.node)
    return url_entries(read, "db_url", where=call.where, extra=_extra(call, first=2))


def _database_parse(call: Call) -> Any:
    return url_entries(call.argument(0, "url"), "db_url", where=call.where, extra=_extra(call, first=1))


def _config(cast: str, variable: str, standard: Any = MISSING) -> Callable[[Call], Any]:
    def handle(call: Call) -> Any:
        name = call.argument(0, "env", variable)
        default = call.argument(1, "default", standard)
        read = read_environment(name, default, frame=call.frame, node=call.node)
        return url_entries(read, cast, where=call.where)

    return handle


def _parse(cast: str) -> Callable[[Call], Any]:
    return lambda call: url_entries(call.argument(0, "url"), cast, where=call.where)


KNOWN: dict[str, Callable[[Call], Any]] = {
    "dj_database_url.config": _database_config,
    "dj_database_url.parse": _database_parse,
    "dj_email_url.config": _config("email_url", "EMAIL_URL"),
    "dj_email_url.parse": _parse("email_url"),
    "django_cache_url.config": _config("cache_url", "CACHE_URL", "locmem://"),
    "django_cache_url.parse": _parse("cache_url"),
    "dj_cache_url.config": _config("cache_url", "CACHE_URL", "locmem://"),
    "dj_cache_url.parse": _parse("cache_url"),
}
PARSERS = {
    "dj_database_url.parse": "db_url",
    "dj_email_url.parse": "email_url",
    "django_cache_url.parse": "cache_url",
    "dj_cache_url.parse": "cache_url",
}
