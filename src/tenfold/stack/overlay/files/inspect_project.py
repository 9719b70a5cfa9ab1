"""Tells what the project is, as its own interpreter sees it: one JSON object on standard output.

    python inspect_project.py '{"root": ..., "paths": [...], "settings": ..., "configuration": ...}'

It imports Django and the settings module; it sets no application up and opens no connection. What the
project prints meanwhile goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import traceback
from typing import Any

NAMES = (
    *("ALLOWED_HOSTS", "ASGI_APPLICATION", "CSRF_COOKIE_DOMAIN", "CSRF_TRUSTED_ORIGINS", "DATABASE_ROUTERS"),
    *("DEBUG", "DEFAULT_FILE_STORAGE", "EMAIL_BACKEND", "INSTALLED_APPS", "MEDIA_ROOT", "MEDIA_URL"),
    *("MIDDLEWARE", "ROOT_URLCONF", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER", "SECURE_SSL_HOST"),
    *("SECURE_SSL_REDIRECT", "SESSION_CACHE_ALIAS", "SESSION_COOKIE_DOMAIN", "SESSION_ENGINE"),
    *("STATICFILES_STORAGE", "STATIC_ROOT", "STATICFILES_DIRS", "STATIC_URL", "WSGI_APPLICATION"),
    *(
        "AWS_STORAGE_BUCKET_NAME",
        "AWS_S3_CUSTOM_DOMAIN",
        "LOGGING",
        "STORAGES",
        "CHANNEL_LAYERS",
        "MAILERS",
        "CACHES",
        "DATABASES",
    ),
)
ENDINGS = ("BROKER_URL", "RESULT_BACKEND", "BEAT_SCHEDULE", "BEAT_SCHEDULER")
HIDDEN = ("PASSWORD", "SECRET", "TOKEN", "USER")
DEPTH = 8


def plain(value: Any, depth: int = DEPTH) -> Any:
    """JSON data of a value: what is no plain data becomes {"$object": its class}."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (str, os.PathLike)):
        return str(value)
    if depth and isinstance(value, dict):
        return {
            str(key): "" if any(word in str(key).upper() for word in HIDDEN) else plain(item, depth - 1)
            for key, item in value.items()
        }
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth - 1) for item in value]
    return {"$object": type(value).__name__}


def read_installed() -> dict[str, str]:
    """Normalised distribution name -> version, from the names of the folders that describe them.

    `importlib.metadata` parses every one's whole description: a hundred times as long.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        for entry in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            stem, ending = os.path.splitext(entry)
            if ending in (".dist-info", ".egg-info"):
                name, _, version = stem.partition("-")
                name = name.replace("_", "-").replace(".", "-").lower()
                found.setdefault(name, version.partition("-")[0])
    return found


def find_drivers() -> list[str]:
    """The PostgreSQL drivers that can really be imported: psycopg is there without libpq, too."""
    found = []
    for name in ("psycopg", "psycopg2", "psycopg_pool"):
        try:
            __import__(name)
        except ImportError:
            continue
        found.append(name)
    return found


def read_settings(request: dict[str, Any]) -> dict[str, Any]:
    """The settings that running the project depends on. Raises whatever the project raises."""
    if request.get("configuration"):
        os.environ.setdefault("DJANGO_CONFIGURATION", request["configuration"])
        from configurations import importer  # type: ignore[import-not-found]

        importer.install()
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    # Asked first: it raises what is wrong, and knows what the project sets itself.
    set_names = sorted(name for name in dir(settings) if name.isupper() and settings.is_overridden(name))
    facts: dict[str, Any] = {}
    for name in (*NAMES, *(n for n in set_names if n.endswith(ENDINGS))):
        if name in facts or not (name in set_names or name in DEFAULTED):
            continue
        facts[name] = plain(getattr(settings, name, None))
    try:
        facts["HAS_SECRET"] = bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        facts["HAS_SECRET"] = False
    urls = {name: getattr(settings, name) for name in set_names if is_redis(getattr(settings, name))}
    facts.update(urls, REDIS=list(urls))
    return {"facts": facts, "names": set_names}


def is_redis(value: Any) -> bool:
    """Whether it is the address of a Redis."""
    return isinstance(value, str) and value.startswith(("redis://", "rediss://"))


DEFAULTED = frozenset(NAMES) - {"MAILERS", "CHANNEL_LAYERS", "STORAGES"}


def describe_failure(error: BaseException, root: str) -> dict[str, Any]:
    """What was raised, and the innermost line of the project's own on the way to it."""
    places = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    own = [place for place in places if is_own(place[0], root)]
    innermost = places[-1][0] if places else ""
    from_environment = isinstance(error, KeyError) and os.path.basename(innermost).startswith(
        ("os.py", "<frozen os")
    )
    file, line = own[-1] if own else ("", 0)
    return {
        "type": type(error).__name__,
        "message": str(error),
        "file": os.path.relpath(os.path.realpath(file), root) if file else "",
        "line": line,
        "variable": str(error.args[0]) if from_environment and error.args else "",
    }


def is_own(file: str, root: str) -> bool:
    """Whether a file is the project's own: below its root, and in no environment."""
    real = os.path.realpath(file)
    return (
        not file.startswith("<")
        and real.startswith(root + os.sep)
        and "site-packages" not in real.split(os.sep)
    )


def inspect(request: dict[str, Any]) -> dict[str, Any]:
    """The whole answer."""
    root = os.path.realpath(request["root"])
    answer: dict[str, Any] = {
        "python": list(sys.version_info[:3]),
        "suffix": sysconfig.get_config_var("EXT_SUFFIX") or "",
        "executable": sys.executable,
        "installed": read_installed(),
        "drivers": find_drivers(),
        "django": "",
        "failure": None,
    }
    try:
        import django

        answer["django"] = django.get_version()
        answer.update(read_settings(request))
    except (Exception, SystemExit) as error:
        answer["failure"] = describe_failure(error, root)
    return answer


def main() -> None:
    request = json.loads(sys.argv[1])
    answering = os.dup(1)
    os.dup2(2, 1)
    own = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if os.path.abspath(path or os.curdir) != own]
    # The folder that commands run in stands first, as `python -m` puts it.
    sys.path[:] = [*request["paths"], *(path for path in others if path not in request["paths"])]
    os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    answer = json.dumps(inspect(request)).encode()
    with os.fdopen(answering, "wb") as out:
        out.write(answer)


if __name__ == "__main__":
    main()
