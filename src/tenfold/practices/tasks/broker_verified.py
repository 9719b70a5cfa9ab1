"""TLS to the broker and the cache verifies whom it speaks to.

`CERT_NONE` encrypts the traffic to whoever answers: an attacker on the way reads and writes tasks, sessions
and cached pages as if there were no TLS at all, and the team believes it is protected.
Holds when certificates are verified (the default), or the connection is plain on a private network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, NotApplicable, Practice
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="TLS to broker and cache is verified",
    broken="TLS to broker or cache is not verified",
    impact=Impact.HIGH,
    needs=("settings",),
    links=("https://redis.readthedocs.io/en/stable/examples/ssl_connection_examples.html",),
)

_SETTINGS = (
    "CACHES",
    "CHANNEL_LAYERS",
    "BROKER_URL",
    "BROKER_USE_SSL",
    "CELERY_BROKER_URL",
    "CELERY_BROKER_USE_SSL",
    "CELERY_REDIS_BACKEND_USE_SSL",
    "CELERY_RESULT_BACKEND",
    "RQ_QUEUES",
    "HUEY",
)
_OFF = ("CERT_NONE", "ssl_cert_reqs=none", "ssl_cert_reqs=CERT_NONE")


def check(project: Project) -> Iterator[Judgement]:
    if not any(name in project.settings for name in _SETTINGS):
        yield (
            NotApplicable("no cache server and no broker is configured in the settings")
            if project.settings.complete
            else CannotTell("broker and cache may stand in settings that could not be followed")
        )
    for name in _SETTINGS:
        for value in project.settings.possible(name):
            if _unverified(value.value):
                where = _line(project, name, value)
                yield practice.finding(
                    where,
                    f"{name} turns off the verification of the server's certificate: TLS then protects"
                    " against nobody who can answer in its place.",
                    remedy='Verify it: "ssl_cert_reqs": "required" with "ssl_ca_certs" set to the provider\'s CA.',
                    symbol=name,
                    proof=value.source,
                )
                break


def _unverified(value: object) -> bool:
    """Whether a value, at any depth, says that no certificate is required."""
    if isinstance(value, dict):
        return any(
            (key == "ssl_cert_reqs" and inner in (None, "none")) or _unverified(inner)
            for key, inner in value.items()
        )
    if isinstance(value, list | tuple | set):
        return any(_unverified(inner) for inner in value)
    text = getattr(value, "dotted", value)
    return isinstance(text, str) and any(word in text for word in _OFF)


def _line(project: Project, name: str, value: Possible) -> Location:
    """The line that names the constant inside the statement, else the value's own."""
    places = [a.where for a in project.settings.assigned if a.name.partition("[")[0] == name]
    for place in places:
        module = project.source.by_path.get(place.path)
        line = module.strings.get("ssl_cert_reqs") if module else None
        if line:
            return Location(place.path, line)
    return value.where


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                CACHES = {
                    "default": {
                        "BACKEND": "django_redis.cache.RedisCache",
                        "LOCATION": "rediss://cache.example.com:6379/0",
                        "OPTIONS": {
                            "CONNECTION_POOL_KWARGS": {"ssl_cert_reqs": None},
                        },
                    }
                }
            """
        },
        at="config/settings.py:6",
    ),
    Breaks(
        {
            "config/settings.py": """
                import ssl

                CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_NONE}
            """
        },
        at="config/settings.py:3",
    ),
    Holds(
        {
            "config/settings.py": """
                import ssl

                CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
            """
        }
    ),
    LooksAlike(
        {"config/settings.py": 'CACHES = {"default": {"LOCATION": "redis://10.0.0.5:6379/0"}}\n'},
        because="a plain connection promises no protection",
    ),
)
