"""django_tenfold.conf: `env = Environment()`, then `env.bool("NAME", default=...)`, `env.databases()`, ...

What its methods give follows from the variables' defaults and from the numbers in
`django_tenfold.conf.databases`; the tests hold both equal. `development=` values are left out: production
never has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.environment import read_environment
from tenfold.project.readers.settings_evaluator.libraries.urls import url_entries
from tenfold.project.readers.settings_evaluator.lifting import wrap
from tenfold.project.readers.settings_evaluator.objects import LibraryObject
from tenfold.project.server_branches import SERVER_TEST
from tenfold.project.settings_values import (
    MISSING,
    Branch,
    Choice,
    Entries,
    FromEnvironment,
    Possible,
    Reference,
    Undetermined,
    describe_branches,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Call

KIND = "tenfold environment"
TYPED = {
    "str": "str",
    "secret": "str",
    "bool": "bool",
    "int": "int",
    "float": "float",
    "list": "list",
    "dict": "dict",
    "json": "json",
    "path": "path",
    "url": "str",
}
KEEPALIVES = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
POOL = {"min_size": 1, "max_size": 10, "timeout": 5.0}
KEPT = 600
CONNECT = 2
TCP_USER_TIMEOUT = 30_000
REQUEST_TIMEOUT = 30.0
BESIDE_DATABASES = {
    "REPLICA_URLS": "list",
    "DIRECT_URL": "db_url",
    "DATABASE_POOLER": "str",
    "SERVER_TYPE": "str",
    "PROCESS_ROLE": "str",
    "REQUEST_TIMEOUT": "float",
    "TASK_TIMEOUT": "float",
}
"""Variables that `env.databases()` reads beside the URL, all optional."""
STORAGES = {
    "file": "django.core.files.storage.FileSystemStorage",
    "memory": "django.core.files.storage.InMemoryStorage",
    "s3": "storages.backends.s3.S3Storage",
    "gs": "storages.backends.gcloud.GoogleCloudStorage",
    "azure": "storages.backends.azure_storage.AzureStorage",
}
REDIS = "django.core.cache.backends.redis.RedisCache"
HASHED = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


def _make(call: Call) -> LibraryObject:
    prefix, debug = call.keywords.get("prefix", ""), call.keywords.get("debug", "DEBUG")
    named = isinstance(prefix, str) and isinstance(debug, str)
    return LibraryObject(KIND, {"prefix": prefix if named else "", "debug": debug if named else "DEBUG"})


def _call(env: LibraryObject, method: str, call: Call) -> Any:
    if method == "check":
        return None
    if method in TYPED:
        name = call.argument(0, "name")
        default = call.argument(1, "default", MISSING)
        read = read_environment(_named(env, name), default, frame=call.frame, node=call.node)
        return FromEnvironment(read.variable, read.default, TYPED[method])
    handler = _SERVICES.get(method)
    return handler(env, call) if handler else Undetermined(f"calls env.{method}()")


def attribute_of(env: LibraryObject, name: str) -> Any:
    """`env.development`: whether the variable of DEBUG is on; NotImplemented for any other attribute."""
    if env.kind != KIND or name != "development":
        return NotImplemented
    return FromEnvironment(f"{env.state['prefix']}{env.state['debug']}", False, "bool")


def _named(env: LibraryObject, name: Any) -> Any:
    return f"{env.state['prefix']}{name}" if isinstance(name, str) else name


def _read_url(env: LibraryObject, call: Call, name: str) -> FromEnvironment:
    """The URL of a service, whose name is the first argument and whose default is a URL too."""
    named = _named(env, call.argument(0, "name", name))
    return read_environment(named, call.keywords.get("default", MISSING), frame=call.frame, node=call.node)


def _databases(env: LibraryObject, call: Call) -> Any:
    read = _read_url(env, call, "DATABASE_URL")
    for name, cast in BESIDE_DATABASES.items():
        read_environment(_named(env, name), "", frame=call.frame, node=call.node, cast=cast)
    entry = url_entries(read, "db_url", where=call.where)
    if not isinstance(entry, Entries):
        return entry
    engine = entry.get("ENGINE")
    default = str(engine.default) if isinstance(engine, FromEnvironment) and engine.default else ""
    known = _sqlite_keys() if "sqlite" in default or "spatialite" in default else _server_keys(env, call)
    for key, value in known.items():
        entry[key] = value
        entry.places[key] = call.where
    return Entries({"default": entry}, places={"default": call.where})


def _sqlite_keys() -> dict[str, Any]:
    return {
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": wrap({"timeout": 5.0, "transaction_mode": "IMMEDIATE"}),
    }


def _server_keys(env: LibraryObject, call: Call) -> dict[str, Any]:
    pooler = call.keywords.get("pooler", "none")
    statement, lock = session_limits(call.keywords.get("request_timeout", REQUEST_TIMEOUT))
    options: dict[str, Any] = {
        "connect_timeout": CONNECT,
        "application_name": call.keywords.get("application_name", "django"),
        **KEEPALIVES,
        "tcp_user_timeout": TCP_USER_TIMEOUT,
        "read_timeout": round(statement + 5),  # MySQL's; PostgreSQL's has no such name
    }
    if pooler == "none":
        options["options"] = (
            f"-c statement_timeout={round(statement * 1000)} -c lock_timeout={round(lock * 1000)}"
            f" -c idle_in_transaction_session_timeout={round(statement * 1000)}"
        )
    made = wrap(options)
    for key in made:
        made.places[key] = call.where
    if pooler == "none":
        made["pool"] = _by_server(call, asgi=wrap(dict(POOL)), wsgi=MISSING)
        made.places["pool"] = call.where
    variable = f"{env.state['prefix']}DATABASE_POOLER"
    return {
        "CONN_MAX_AGE": _by_server(call, asgi=0, wsgi=KEPT),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": FromEnvironment(variable, pooler == "transaction", "bool"),
        "OPTIONS": made,
    }


def session_limits(request: Any) -> tuple[float, float]:
    """Seconds of a statement and of a lock below a request of `request` seconds."""
    seconds = float(request) if isinstance(request, int | float) else REQUEST_TIMEOUT
    margin = float(int(min(5.0, seconds / 6.0)))
    return seconds - margin, min(5.0, seconds - 2 * margin)


def _by_server(call: Call, *, asgi: Any, wsgi: Any) -> Any:
    told = call.keywords.get("server")
    if isinstance(told, str) and told:
        return wsgi if told == "wsgi" else asgi
    sides = ((Branch(SERVER_TEST), asgi), (Branch(SERVER_TEST, taken=False), wsgi))
    return Choice(
        tuple(
            Possible(value, call.where, condition=describe_branches((side,)), branches=(side,))
            for side, value in sides
        )
    )


def _caches(env: LibraryObject, call: Call) -> Any:
    read = _read_url(env, call, "CACHE_URL")
    entry = url_entries(read, "cache_url", where=call.where)
    if not isinstance(entry, Entries):
        return entry
    standard = read.default if isinstance(read.default, str) else ""
    if standard.startswith(("redis", "valkey", "unix")):
        entry["BACKEND"] = FromEnvironment(read.variable, REDIS, "cache_url")
        entry.places["BACKEND"] = call.where
    entry["KEY_PREFIX"] = call.keywords.get("prefix", "")
    entry["TIMEOUT"] = call.keywords.get("timeout", 300)
    return Entries({"default": entry}, places={"default": call.where})


def _storages(env: LibraryObject, call: Call) -> Any:
    read = _read_url(env, call, "STORAGE_URL")
    scheme = read.default.partition(":")[0] if isinstance(read.default, str) else ""
    backend = FromEnvironment(read.variable, STORAGES.get(scheme, MISSING), "storage_url")
    static = call.keywords.get("static", HASHED)
    places = {"BACKEND": call.where}
    return Entries(
        {
            "default": Entries({"BACKEND": backend}, places=places),
            "staticfiles": Entries({"BACKEND": static}, places=places),
        },
        places=dict.fromkeys(("default", "staticfiles"), call.where),
    )


def _email(env: LibraryObject, call: Call) -> Any:
    return url_entries(_read_url(env, call, "EMAIL_URL"), "email_url", where=call.where)


def _broker(env: LibraryObject, call: Call) -> Any:
    return _read_url(env, call, "BROKER_URL")


_SERVICES: dict[str, Callable[[LibraryObject, Call], Any]] = {
    "databases": _databases,
    "caches": _caches,
    "storages": _storages,
    "email": _email,
    "broker": _broker,
}
_PACKAGE = "django_tenfold.conf"
KNOWN: dict[str, Callable[[Call], Any]] = {
    f"{_PACKAGE}.Environment": _make,
    f"{_PACKAGE}.environment.Environment": _make,
    f"{_PACKAGE}.development_key": lambda _: Reference(f"{_PACKAGE}.development_key", called=True),
}
OBJECTS: dict[str, Callable[[LibraryObject, str, Call], Any]] = {KIND: _call}
