"""Every setting has an effect: it stands at the level where Django reads it, spelt as Django reads it.

Django ignores what it does not know. `ATOMIC_REQUESTS = True` beside DATABASES instead of inside it gives
no transaction; `STATICFILES_STORAGE` on Django 5.1 gives no hashed names: the team believes in a
protection or a speed-up that is not there.
Reported: a key of DATABASES standing alone at the top level, an unknown key inside an entry of DATABASES,
CACHES or TEMPLATES whose backend is Django's, a setting removed from the Django version in use, and a name
one or two letters or the word SECURE away from a setting of Django that is not set. A name that the
project's own code reads is never reported. One that has the value Django uses anyway is of low impact.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.django_settings import (
    CACHE_KEYS,
    DATABASE_KEYS,
    NAMES,
    NAMES_OF_PACKAGES,
    REMOVED,
    TEMPLATE_KEYS,
)
from tenfold.project.model import Known
from tenfold.project.setting_use import settings_read
from tenfold.project.settings import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Every setting has an effect",
    broken="A setting has no effect",
    impact=Impact.MEDIUM,
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/",),
)

# Only these are settings of a database and of nothing else; NAME or USER alone may mean anything.
_MISPLACED = {
    "ATOMIC_REQUESTS": Impact.HIGH,
    "AUTOCOMMIT": Impact.MEDIUM,
    "CONN_HEALTH_CHECKS": Impact.MEDIUM,
    "CONN_MAX_AGE": Impact.HIGH,
    "DISABLE_SERVER_SIDE_CURSORS": Impact.HIGH,
}
_HARMLESS = frozenset({"FORMS_URLFIELD_ASSUME_HTTPS", "USE_DEPRECATED_PYTZ", "USE_L10N"})
_CLOSE = 0.92  # one letter in twelve: INSTALED_APPS is caught, CACHE_TIMES is not SESSION_CACHE_ALIAS


_DEFAULTS = {
    "ATOMIC_REQUESTS": False,
    "AUTOCOMMIT": True,
    "CONN_HEALTH_CHECKS": False,
    "CONN_MAX_AGE": 0,
    "DISABLE_SERVER_SIDE_CURSORS": False,
}


def check(project: Project) -> Iterator[Judgement]:
    read = settings_read(project.source, project.settings.files)
    for name, possible in project.settings.values.items():
        value = possible[-1] if possible else None
        if value is None or not name.isupper():
            continue
        if name in REMOVED:
            yield from _removed(project, name, value)
        elif name in read or name in NAMES or name in NAMES_OF_PACKAGES:
            continue
        elif name in _MISPLACED:
            yield _misplaced(project, name, value)
        elif f"SECURE_{name}" in NAMES and not _is_of_a_package(project, name):
            yield from _misspelt(project, name, f"SECURE_{name}", value)
        elif match := difflib.get_close_matches(name, NAMES, n=1, cutoff=_CLOSE):
            yield from _misspelt(project, name, match[0], value)
    yield from _unknown_keys(project, "DATABASES", DATABASE_KEYS)
    yield from _unknown_keys(project, "CACHES", CACHE_KEYS)
    yield from _unknown_keys(project, "TEMPLATES", TEMPLATE_KEYS)


def _is_of_a_package(project: Project, name: str) -> bool:
    """Names that a package reads: CSP is django-csp's, REFERRER_POLICY was django-referrer-policy's."""
    return name.startswith("CSP") or f"django-{name.lower().replace('_', '-')}" in project.dependencies


def _misplaced(project: Project, name: str, value: Possible) -> Judgement:
    inside = project.settings.possible("DATABASES", "default", name)
    is_set = any(p.value is not MISSING or p.variable for p in inside)
    text = next((a.text for a in project.settings.assigned if a.where == value.where and a.name == name), "")
    harmless = is_set or (not value.variable and value.value == _DEFAULTS[name])
    return practice.finding(
        value.where,
        f"{name} at the top level does nothing: Django reads it inside an entry of DATABASES"
        + (", where it is set as well." if is_set else f", so Django's default {_DEFAULTS[name]!r} holds."),
        remedy="Delete the line."
        if harmless
        else f'DATABASES["default"]["{name}"] = {_right_side(text, name)}  # else delete the line',
        symbol=name,
        proof=f"{text or name}; nothing in the project reads it",
        impact=Impact.LOW if harmless else _MISPLACED[name],
    )


def _right_side(text: str, name: str) -> str:
    """What the statement assigns, as written; the name itself where the value goes over several lines."""
    _, equals, value = text.partition("=")
    return value.strip() if equals and value.count("(") == value.count(")") else name


def _removed(project: Project, name: str, value: Possible) -> Iterator[Judgement]:
    since, instead = REMOVED[name]
    version = project.dependencies.version("django")
    if not isinstance(version, Known) or _numbers(version.value) < since:
        return
    if instead and project.settings.possible(instead.partition("[")[0]):
        return  # set in the new way as well: the old line is a leftover for packages that still read it
    release = ".".join(map(str, since))
    yield practice.finding(
        value.where,
        f"{name} was removed in Django {release} and does nothing in {version.value}, which the project runs.",
        remedy=f"Set {instead} instead." if instead else f"Delete {name}.",
        symbol=name,
        proof=f"Django {version.value}",
        impact=Impact.LOW if name in _HARMLESS or not instead else Impact.HIGH,
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _misspelt(project: Project, name: str, meant: str, value: Possible) -> Iterator[Judgement]:
    if meant in project.settings.values:
        return  # the right one is set as well: this is likely the project's own, similar name
    yield practice.finding(
        value.where,
        f"{name} does nothing: neither Django nor this project reads it. Django's setting is {meant}.",
        remedy=f"Rename {name} to {meant}; leave it where an installed package reads it.",
        symbol=name,
        proof=f"nothing in the source reads {name}, and {meant} is not set",
        confidence=Confidence.MEDIUM,
    )


def _unknown_keys(project: Project, name: str, keys: frozenset[str]) -> Iterator[Judgement]:
    for place, entry in _entries(project, name):
        if name != "DATABASES" and not str(entry.get("BACKEND", "")).startswith("django."):
            continue  # other backends read keys of their own
        for key in entry:
            if not isinstance(key, str) or key in keys or not key.isupper():
                continue
            close = difflib.get_close_matches(key, keys, n=1, cutoff=0.85 if name == "DATABASES" else 0.6)
            if name == "DATABASES" and not close:
                continue  # other database backends define keys of their own
            where = project.settings.possible(name, *place, key)
            yield practice.finding(
                where[-1].where if where else project.settings.where(name),
                f"{key} in the entry {place[0]!r} of {name} does nothing: Django reads no such key there.",
                remedy=f"Rename {key} to {close[0]}." if close else _belongs(key),
                symbol=f"{name}.{place[0]}.{key}",
                confidence=Confidence.HIGH if name != "DATABASES" else Confidence.MEDIUM,
            )


def _belongs(key: str) -> str:
    return f'Move {key} into "OPTIONS" if the backend reads it, else delete it.'


def _entries(project: Project, name: str) -> Iterator[tuple[tuple[str | int], Mapping[object, object]]]:
    for possible in project.settings.possible(name):
        entries = possible.value
        if isinstance(entries, dict):
            pairs = list(entries.items())
        elif isinstance(entries, list | tuple):
            pairs = list(enumerate(entries))
        else:
            continue
        for key, entry in pairs:
            if isinstance(entry, dict):
                yield (key,), entry


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
                ATOMIC_REQUESTS = True
                INSTALED_APPS = ["shop"]
                REFERRER_POLICY = "same-origin"
            """
        },
        at=("config/settings.py:2", "config/settings.py:3", "config/settings.py:4"),
    ),
    Breaks(
        {
            "config/settings.py": """
                import os

                ATOMIC_REQUESTS = os.environ.get("ATOMIC_REQUESTS", "1") == "1"
            """
        },
        at="config/settings.py:3",
    ),
    Breaks(
        {
            "requirements.txt": "Django==5.2.4",
            "config/settings.py": """
                STATICFILES_STORAGE = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
            """,
        },
        at="config/settings.py:1",
    ),
    Breaks(
        {
            "config/settings.py": """
                CACHES = {
                    "default": {
                        "BACKEND": "django.core.cache.backends.redis.RedisCache",
                        "TIME_OUT": 300,
                    }
                }
            """
        },
        at="config/settings.py:4",
    ),
    Holds(
        {
            "config/settings.py": """
                ATOMIC_REQUESTS = True
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "ATOMIC_REQUESTS": ATOMIC_REQUESTS,
                    }
                }
            """
        }
    ),
    LooksAlike(
        {
            "requirements.txt": "Django==5.2.4\ndjango-csp==3.8\ndjango-referrer-policy==1.0\n",
            "config/settings.py": """
                ASGI_APPLICATION = "config.asgi.application"
                CSP_REPORT_ONLY = True
                REFERRER_POLICY = "same-origin"
            """,
        },
        because="packages read these names",
    ),
    LooksAlike(
        {
            "requirements.txt": "Django==4.2.20",
            "config/settings.py": """
                STATICFILES_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"
                CONN_MAX_AGE = 60
            """,
            "shop/database.py": """
                from django.conf import settings

                AGE = settings.CONN_MAX_AGE
            """,
        },
        because="Django 4.2 reads STATICFILES_STORAGE, and the project's code reads CONN_MAX_AGE",
    ),
)
