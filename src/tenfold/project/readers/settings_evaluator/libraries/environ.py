"""django-environ and environs: `env = Env(...)`, then `env("NAME")`, `env.bool("NAME", default=...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.environment import read_environment
from tenfold.project.readers.settings_evaluator.libraries.casts import cast_value, keep_default, name_cast
from tenfold.project.readers.settings_evaluator.libraries.urls import url_entries
from tenfold.project.readers.settings_evaluator.objects import LibraryObject
from tenfold.project.settings_values import MISSING, Reference, Tupled, Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Call
    from tenfold.project.settings_values import FromEnvironment

_CASTS = {
    "bool": "bool",
    "int": "int",
    "integer": "int",
    "float": "float",
    "decimal": "float",
    "str": "str",
    "unicode": "str",
    "bytes": "bytes",
    "url": "url",
    "path": "path",
    "json": "json",
    "dict": "dict",
    "list": "list",
    "tuple": "list",
    "enum": "str",
    "log_level": "str",
    "date": "str",
    "datetime": "str",
    "time": "str",
    "timedelta": "str",
    "uuid": "str",
}
_URLS = {
    "db": ("db_url", "DATABASE_URL"),
    "db_url": ("db_url", "DATABASE_URL"),
    "dj_db_url": ("db_url", "DATABASE_URL"),
    "cache": ("cache_url", "CACHE_URL"),
    "cache_url": ("cache_url", "CACHE_URL"),
    "dj_cache_url": ("cache_url", "CACHE_URL"),
    "email": ("email_url", "EMAIL_URL"),
    "email_url": ("email_url", "EMAIL_URL"),
    "dj_email_url": ("email_url", "EMAIL_URL"),
}
_TYPES = frozenset(("str", "int", "float", "bool", "list", "dict", "tuple"))
_SILENT = frozenset(("read_env", "read_envfile", "seal", "add_parser", "unset"))
_OPTIONS = {
    "engine": "ENGINE",
    "backend": "BACKEND",
    "conn_max_age": "CONN_MAX_AGE",
    "conn_health_checks": "CONN_HEALTH_CHECKS",
}


def _make(call: Call) -> LibraryObject:
    return LibraryObject("environ", {"scheme": dict(call.keywords), "prefix": ""})


def _call(env: LibraryObject, method: str, call: Call) -> Any:
    if method in _SILENT:
        return None
    if method in _URLS:
        return _read_url(env, method, call)
    if method in ("", "get_value"):
        return _read_plain(env, call)
    if method in _CASTS:
        return keep_default(_read(env, call), _CASTS[method])
    if method == "prefixed":
        return LibraryObject("environ prefix", {"env": env, "added": call.argument(0, "prefix", "")})
    return Undetermined(f"calls env.{method}()")


def _read(env: LibraryObject, call: Call) -> FromEnvironment:
    found = call.argument(1, "default", MISSING)
    if isinstance(found, Reference) and (found.dotted in _TYPES or found.dotted.endswith(".NOTSET")):
        # `env.list("PORTS", int)` of django-environ passes the type of the parts; NOTSET is no default.
        found = call.argument(2, "default", MISSING)
    return read_environment(_name(env, call), found, frame=call.frame, node=call.node)


def _name(env: LibraryObject, call: Call) -> Any:
    name = call.argument(0, "var", call.keywords.get("name"))
    return f"{env.state['prefix']}{name}" if isinstance(name, str) else name


def _read_plain(env: LibraryObject, call: Call) -> Any:
    """`env("NAME")`: the scheme given to Env() holds its type and default."""
    name = call.argument(0, "var", call.keywords.get("name"))
    declared = env.state["scheme"].get(name) if isinstance(name, str) else None
    cast, default = declared, MISSING
    if isinstance(declared, Tupled) and len(declared) == 2:
        cast, default = declared
    given = call.argument(1, "cast")
    if "default" in call.keywords:
        default = call.keywords["default"]
    elif given is not None and not isinstance(given, Reference) and "cast" not in call.keywords:
        # environs and django-environ differ in the second position; both are used with a default here.
        default, given = given, None
    read = read_environment(_name(env, call), default, frame=call.frame, node=call.node)
    wanted = given if given is not None else cast
    kind = name_cast(wanted)
    return keep_default(read, kind) if kind else cast_value(read, wanted, call)


def _read_url(env: LibraryObject, method: str, call: Call) -> Any:
    cast, variable = _URLS[method]
    name = _name(env, call) or variable
    default = call.argument(1, "default", MISSING)
    read = read_environment(name, default, frame=call.frame, node=call.node)
    extra = {_OPTIONS[key]: value for key, value in call.keywords.items() if key in _OPTIONS}
    return url_entries(read, cast, where=call.where, extra=extra)


def _database_from_text(call: Call) -> Any:
    return url_entries(call.argument(0, "url"), "db_url", where=call.where)


def _nothing(_: Call) -> None:
    return None


KNOWN: dict[str, Callable[[Call], Any]] = {
    "environ.Env": _make,
    "environ.FileAwareEnv": _make,
    "environs.Env": _make,
    "environs.FileAwareEnv": _make,
    "environ.Env.read_env": _nothing,
    "environs.Env.read_env": _nothing,
    "environ.Env.db_url_config": _database_from_text,
    "dotenv.load_dotenv": _nothing,
    "dotenv.find_dotenv": _nothing,
}


def _call_prefix(_: LibraryObject, method: str, call: Call) -> Any:
    return Undetermined(f"calls .{method}() of a prefix")


OBJECTS: dict[str, Callable[[LibraryObject, str, Call], Any]] = {
    "environ": _call,
    "environ prefix": _call_prefix,
}
