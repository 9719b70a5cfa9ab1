"""Django's own deployment checks pass.

`manage.py check --deploy` finds cookies that travel over plain HTTP, missing headers and weak keys. It knows
only the settings, so behind a proxy that redirects and sends HSTS it warns for nothing: redirect and HSTS are
reported here only where nothing in the repository can do that work, no proxy's configuration and no hosting
platform, and as a preview.
Holds when session and CSRF cookies are secure, SecurityMiddleware is in use, and HTTPS is enforced by Django
or by the proxy. Checks in SILENCED_SYSTEM_CHECKS and values that an environment variable without default
decides are left alone. With the probe, what Django itself reports is added as proven.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.edits.model import SetSetting
from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Evidence,
    Holds,
    Impact,
    LooksAlike,
    Practice,
    Safety,
)
from tenfold.project.model import Known
from tenfold.project.settings import MISSING, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Django's deployment checks pass",
    broken="A deployment check of Django fails",
    impact=Impact.MEDIUM,
    sources=("PT7", "FB3"),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/howto/deployment/checklist/",),
    fix=Safety.SAFE,
)

_SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
_CSRF = "django.middleware.csrf.CsrfViewMiddleware"
_HTTPS = ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER")
_SECURITY = "django.middleware.security.SecurityMiddleware"
# Django's ids of what is judged from the settings below: not repeated when the probe reports them.
_JUDGED = frozenset(f"security.W{n:03}" for n in (1, 4, 8, 9, 10, 11, 12, 16, 18, 20))


def check(project: Project) -> Iterator[Judgement]:
    middleware = {entry.value for entry in project.settings.entries("MIDDLEWARE")}
    if not middleware:
        yield CannotTell("MIDDLEWARE is not known")
        return
    silenced = {entry.value for entry in project.settings.entries("SILENCED_SYSTEM_CHECKS")}
    by_session = any(p.value for p in project.settings.possible("CSRF_USE_SESSIONS"))
    if _SESSIONS in middleware and not silenced & {"security.W010", "security.W012"}:
        yield from _cookie(project, "SESSION_COOKIE_SECURE", "session")
    if _CSRF in middleware and not by_session and "security.W016" not in silenced:
        yield from _cookie(project, "CSRF_COOKIE_SECURE", "CSRF")
    unread = next((entry for entry in middleware if isinstance(entry, Undetermined)), None)
    if _SECURITY not in middleware and unread is not None:
        yield CannotTell(f"MIDDLEWARE: {unread.why}", project.settings.where("MIDDLEWARE"))
    elif _SECURITY not in middleware:
        if project.settings.complete and "security.W001" not in silenced:
            yield _without_security(project)
    elif not silenced & {"security.W004", "security.W008"}:
        yield from _plain_http(project)
    if isinstance(project.probed, Known):
        yield from _django_says(project)


def _without_security(project: Project) -> Judgement:
    """Settings that only this middleware reads prove a slip; without them a proxy may send the headers."""
    idle = {
        name: possible.where
        for name in ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
        for possible in project.settings.possible(name)
        if isinstance(possible.value, bool | int) and possible.value
    }
    names = " and ".join(idle)
    return practice.finding(
        project.settings.where("MIDDLEWARE"),
        "SecurityMiddleware is not in MIDDLEWARE: "
        + (
            f"{names} {'do' if len(idle) > 1 else 'does'} nothing, and"
            if idle
            else "Django redirects nobody to HTTPS, and"
        )
        + " no answer bears nosniff, a referrer policy or HSTS unless a proxy in front adds them.",
        remedy=f'MIDDLEWARE = ["{_SECURITY}", *MIDDLEWARE]',
        symbol="MIDDLEWARE.SecurityMiddleware",
        confidence=Confidence.HIGH if idle else Confidence.MEDIUM,
        related=idle.values(),
        fixable=False,
    )


def _plain_http(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    decided = any(
        p.value or p.variable or p.value is MISSING for name in _HTTPS for p in settings.possible(name)
    )
    elsewhere = project.servers.nginx or project.servers.other_proxies or project.repository.deployments
    if decided or elsewhere or not settings.complete:
        return
    yield practice.finding(
        settings.where("SECURE_SSL_REDIRECT"),
        "Neither Django nor anything in the repository redirects to HTTPS or sends HSTS: a visitor who types the"
        " name arrives, and stays, on plain HTTP.",
        remedy="SECURE_SSL_REDIRECT = True and SECURE_HSTS_SECONDS = 3600 (raise it once all works), unless the"
        " proxy in front does both.",
        symbol="SECURE_SSL_REDIRECT",
        proof="SECURE_SSL_REDIRECT and SECURE_HSTS_SECONDS are not set; no proxy or platform is configured here",
        confidence=Confidence.PREVIEW,
        fixable=False,
    )


def _cookie(project: Project, name: str, what: str) -> Iterator[Judgement]:
    settings = project.settings
    possible = settings.possible(name)
    if not possible and not settings.complete:
        yield CannotTell(f"{name} is not set in the settings that could be followed")
        return
    if any(isinstance(p.value, Undetermined) for p in possible):
        yield CannotTell(f"{name} could not be told")
        return
    if any(p.value is MISSING or p.value for p in possible):
        return
    by_variable = next((p for p in possible if p.variable), None)
    state = f"is off unless the environment sets {by_variable.variable}" if by_variable else "is not set"
    finding = practice.finding(
        possible[0].where if possible else settings.where(name),
        f"{name} {'is False' if possible and not by_variable else state}: browsers send the {what} cookie over"
        " plain HTTP as well, where anybody on the way can read it.",
        remedy=_remedy(project, name, by_variable.variable if by_variable else ""),
        symbol=name,
        proof=by_variable.source if by_variable else f"{name} is {'False' if possible else 'not set'}",
        confidence=Confidence.MEDIUM if by_variable else Confidence.HIGH,
        fixable=not by_variable,
    )
    safety = None if by_variable else Safety.SAFE if _speaks_https(project) else Safety.UNSAFE
    yield replace(finding, fixable=safety)


def _remedy(project: Project, name: str, variable: str) -> str:
    if variable:
        return f"Let {variable} be on by default; a development server over HTTP turns it off."
    return f"{name} = {_value(project)}"


def _value(project: Project) -> str:
    return "not DEBUG" if project.settings.possible("DEBUG") else "True"


def _speaks_https(project: Project) -> bool:
    """Whether the settings show that visitors come over HTTPS: a secure cookie locks out all others."""
    return any(p.value and not p.condition for name in _HTTPS for p in project.settings.possible(name))


def _django_says(project: Project) -> Iterator[Judgement]:
    assert isinstance(project.probed, Known)
    for message in project.probed.value.checks:
        if not message.id.startswith("security.") or message.id in _JUDGED:
            continue
        yield practice.finding(
            project.settings.where(""),
            f"{message.id}: {message.text}",
            remedy=message.hint or "See the deployment checklist.",
            symbol=message.id,
            proof="reported by manage.py check --deploy",
            evidence=Evidence.PROVEN,
            fixable=False,
        )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The cookie becomes secure; where DEBUG is a setting, development over HTTP keeps working. Unsafe
    where nothing shows that visitors come over HTTPS."""
    if finding.symbol.endswith("_COOKIE_SECURE"):
        yield SetSetting(finding.where.path, finding.symbol, _value(project), line=finding.where.line)


_MIDDLEWARE = f"""
    DEBUG = False
    SECURE_SSL_REDIRECT = True
    MIDDLEWARE = [
        "{_SECURITY}",
        "{_SESSIONS}",
    ]
"""
EXAMPLES = (
    Breaks(
        {"config/settings.py": _MIDDLEWARE},
        at="config/settings.py",
        fixed={"config/settings.py": _MIDDLEWARE + "\n    SESSION_COOKIE_SECURE = not DEBUG\n"},
    ),
    Breaks(
        {"config/settings.py": f'MIDDLEWARE = ["{_SECURITY}", "{_CSRF}"]\nCSRF_COOKIE_SECURE = False\n'},
        at=("config/settings.py:2", "config/settings.py"),
    ),
    Holds({"config/settings.py": _MIDDLEWARE + "    SESSION_COOKIE_SECURE = not DEBUG\n"}),
    LooksAlike(
        {
            "config/settings.py": f"""
                import os

                MIDDLEWARE = ["{_SECURITY}", "{_SESSIONS}"]
                BEHIND_HTTPS = os.environ.get("BEHIND_HTTPS") == "1"
                SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
                if BEHIND_HTTPS:
                    SESSION_COOKIE_SECURE = True
                else:
                    SILENCED_SYSTEM_CHECKS += ["security.W012"]
            """
        },
        because="the project says that its proxy does the rest",
    ),
    LooksAlike(
        {
            "config/settings.py": """
                from logs import add_middleware

                MIDDLEWARE = add_middleware(["django.middleware.common.CommonMiddleware"])
            """
        },
        because="what the package makes of the list is not known",
    ),
    LooksAlike(
        {
            "config/settings.py": f"""
                MIDDLEWARE = ["{_SECURITY}"]
                SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
            """
        },
        because="without sessions and CSRF there is no cookie to protect, and a proxy ends TLS",
    ),
)
