"""The request's user is read from memory.

The first use of `request.user` reads the user's row in each request, after the session's, and its first
`has_perm` two queries more: the most frequent queries of most sites, for rows that hardly change. A signed-in
request with stock sessions takes 17 times the processor's time of a bare one, and twice that of a bare one when
session and user are remembered and changes are followed (benchmarks/authenticated_request.py).
Holds with the middleware of `django_tenfold.accounts`, which forgets a user within a second of any change, made
by psql too. A backend or middleware of the project's own may remember users as well: that cannot be told. A site
whose own code asks nobody to sign in (`login_required`, its mixins, a middleware for it, the sessions of Django
REST framework) reads users for its admin alone, and is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
)
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="The request's user is read from memory",
    broken="Each signed-in request reads the user's row",
    impact=Impact.LOW,
    sources=("DS7",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/middleware/#module-django.contrib.auth.middleware",),
)

_STOCK = "django.contrib.auth.middleware.AuthenticationMiddleware"
_OURS = "django_tenfold.accounts.middleware.AuthenticationMiddleware"
_SIGNING_IN = (
    "django.contrib.auth.decorators.",
    "django.contrib.auth.mixins.",
    "rest_framework.authentication.SessionAuthentication",
)
_KNOWN_BACKENDS = ("django.contrib.auth.backends.", "django_tenfold.accounts.backends.")


def check(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    middleware = settings.entries("MIDDLEWARE")
    if any(entry.value == _OURS for entry in middleware):
        return
    stock = [entry for entry in middleware if entry.value == _STOCK]
    if not stock:
        if not middleware or any(isinstance(entry.value, Undetermined) for entry in middleware):
            yield CannotTell("MIDDLEWARE could not be read whole")
        elif any("uthentication" in str(entry.value) for entry in middleware):
            yield CannotTell("another middleware finds the user")
        else:
            yield NotApplicable("no authentication middleware is in use")
        return
    if not _signs_visitors_in(project):
        yield NotApplicable("nothing here asks visitors to sign in")
        return
    backends = settings.entries("AUTHENTICATION_BACKENDS")
    if any(not str(entry.value).startswith(_KNOWN_BACKENDS) for entry in backends):
        yield CannotTell(
            "an authentication backend that is not Django's may remember users", backends[0].where
        )
        return
    yield practice.finding(
        stock[0].where,
        "request.user reads the user's row in each request, and has_perm its permissions.",
        remedy=f'Install django_tenfold.accounts, and put "{_OURS}" in place of Django\'s, with'
        ' "django_tenfold.accounts.middleware.SessionMiddleware" and'
        ' SESSION_ENGINE = "django_tenfold.accounts.sessions".',
        symbol="MIDDLEWARE",
        proof=_STOCK,
        confidence=Confidence.PREVIEW,  # whether views ask for the user is not seen here
    )


def _signs_visitors_in(project: Project) -> bool:
    """Whether code or settings of the project say that visitors sign in, with a cookie."""
    if any("LoginRequired" in str(entry.value) for entry in project.settings.entries("MIDDLEWARE")):
        return True
    return any(
        _SIGNING_IN[2] in module.strings
        or any(f"{one.module}.{one.name}".startswith(_SIGNING_IN) for one in module.imports)
        for module in project.source
    )


_SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
_VIEWS = "from django.contrib.auth.decorators import login_required\n"
EXAMPLES = (
    Breaks(
        {
            "config/settings.py": f'MIDDLEWARE = [\n    "{_SESSIONS}",\n    "{_STOCK}",\n]\n',
            "shop/views.py": _VIEWS,
        },
        at="config/settings.py:3",
    ),
    Holds(
        {
            "config/settings.py": f"""
                MIDDLEWARE = ["django_tenfold.accounts.middleware.SessionMiddleware", "{_OURS}"]
                SESSION_ENGINE = "django_tenfold.accounts.sessions"
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": f"""
                AUTHENTICATION_BACKENDS = ["shop.backends.CachedBackend"]
                MIDDLEWARE = ["{_SESSIONS}", "{_STOCK}"]
            """,
            "shop/views.py": _VIEWS,
        },
        because="a backend of the project's own may remember its users",
    ),
    LooksAlike(
        {"config/settings.py": f'MIDDLEWARE = ["{_SESSIONS}", "{_STOCK}"]\n'},
        because="only the admin's few users sign in",
    ),
)
