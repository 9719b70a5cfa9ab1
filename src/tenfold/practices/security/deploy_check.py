"""Django's own deployment checks pass.

`manage.py check --deploy` finds cookies that travel over plain HTTP, missing headers and weak keys. It knows
only the settings, so behind a proxy that redirects and sends HSTS it warns for nothing; those are reported
here only where nothing in the repository does that work.
Holds when session and CSRF cookies are secure, SecurityMiddleware is in use, and HTTPS is enforced by Django
or by the proxy. With the probe, what Django itself reports is added as proven.
"""

from __future__ import annotations

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
_SECURITY = "django.middleware.security.SecurityMiddleware"
# Django's ids of what is judged from the settings below: not repeated when the probe reports them.
_JUDGED = frozenset(f"security.W{n:03}" for n in (1, 4, 8, 9, 10, 11, 12, 16, 18, 20))


def check(project: Project) -> Iterator[Judgement]:
    middleware = {entry.value for entry in project.settings.entries("MIDDLEWARE")}
    if not middleware:
        yield CannotTell("MIDDLEWARE is not known")
        return
    if _SESSIONS in middleware:
        yield from _cookie(project, "SESSION_COOKIE_SECURE", "a session cookie")
    if _CSRF in middleware and not any(p.value for p in project.settings.possible("CSRF_USE_SESSIONS")):
        yield from _cookie(project, "CSRF_COOKIE_SECURE", "the CSRF cookie")
    if _SECURITY not in middleware and project.settings.complete:
        yield practice.finding(
            project.settings.where("MIDDLEWARE"),
            "SecurityMiddleware is not in MIDDLEWARE: nosniff, referrer policy, HSTS and the redirect to"
            " HTTPS are all off.",
            remedy=f'MIDDLEWARE = ["{_SECURITY}", *MIDDLEWARE]',
            symbol="MIDDLEWARE.SecurityMiddleware",
            fixable=False,
        )
    if isinstance(project.probed, Known):
        yield from _django_says(project)


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
    yield practice.finding(
        possible[0].where if possible else settings.where(name),
        f"{what[0].upper()}{what[1:]} also travels over plain HTTP: anybody on the way can read it.",
        remedy=f"{name} = True",
        symbol=name,
        proof=by_variable.source if by_variable else f"{name} is {'False' if possible else 'not set'}",
        confidence=Confidence.MEDIUM if by_variable else Confidence.HIGH,
        fixable=not by_variable,
    )


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
    """The cookie becomes secure; where DEBUG is a setting, development over HTTP keeps working."""
    if finding.symbol.endswith("_COOKIE_SECURE"):
        value = "not DEBUG" if project.settings.possible("DEBUG") else "True"
        yield SetSetting(finding.where.path, finding.symbol, value, line=finding.where.line)


_MIDDLEWARE = f"""
    DEBUG = False
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
        at="config/settings.py:2",
    ),
    Holds({"config/settings.py": _MIDDLEWARE + "    SESSION_COOKIE_SECURE = not DEBUG\n"}),
    LooksAlike(
        {"config/settings.py": f'MIDDLEWARE = ["{_SECURITY}"]\n'},
        because="without sessions and CSRF there is no cookie to protect",
    ),
)
