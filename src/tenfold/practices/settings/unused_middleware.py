"""No middleware that nothing needs.

Every middleware runs on every request, and one that touches the session or the user can add a query to
each of them.
Reported are middleware whose work the settings or the source show to be void: LocaleMiddleware without
translation, a fallback or site middleware whose app is not installed, one half of the cache pair,
BrokenLinkEmailsMiddleware without MANAGERS, cors-headers without an allowed origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import RemoveItem
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.settings import MISSING, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Every middleware does something",
    broken="A middleware does nothing",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("OM7", "BP6"),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/middleware/",),
    fix=Safety.UNSAFE,
)

_UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
_FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
_NEEDS_APP = {
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware": "django.contrib.flatpages",
    "django.contrib.redirects.middleware.RedirectFallbackMiddleware": "django.contrib.redirects",
    "django.contrib.sites.middleware.CurrentSiteMiddleware": "django.contrib.sites",
}
_ORIGINS = (
    "CORS_ALLOWED_ORIGINS",
    "CORS_ALLOWED_ORIGIN_REGEXES",
    "CORS_ALLOW_ALL_ORIGINS",
    "CORS_ORIGIN_WHITELIST",
    "CORS_ORIGIN_REGEX_WHITELIST",
    "CORS_ORIGIN_ALLOW_ALL",
)


def check(project: Project) -> Iterator[Judgement]:
    middleware = project.settings.entries("MIDDLEWARE")
    if any(isinstance(entry.value, Undetermined) for entry in middleware):
        yield CannotTell("MIDDLEWARE could not be read whole")
        return
    names = {entry.value for entry in middleware}
    for entry in middleware:
        if not isinstance(entry.value, str) or entry.condition:
            continue
        why = _why_void(project, entry.value, names)
        if why:
            yield practice.finding(
                entry.where,
                f"{entry.value.rpartition('.')[2]} runs on every request and does nothing: {why}.",
                remedy=f'Remove "{entry.value}" from MIDDLEWARE.',
                symbol=f"MIDDLEWARE.{entry.value}",
                proof=why,
            )


def _why_void(project: Project, name: str, names: set[object]) -> str:
    """The reason why the middleware has no effect; "" when it has one or that cannot be told."""
    if not project.settings.complete:
        return ""
    if name in _NEEDS_APP:
        return _without_app(project, _NEEDS_APP[name])
    if name in (_UPDATE, _FETCH):
        other = _FETCH if name == _UPDATE else _UPDATE
        return "" if other in names else f"it needs {other.rpartition('.')[2]} beside it"
    return _VOID[name](project) if name in _VOID else ""


def _without_app(project: Project, app: str) -> str:
    apps = {str(entry.value).partition(".apps.")[0] for entry in project.settings.entries("INSTALLED_APPS")}
    return "" if app in apps else f"{app} is not installed"


def _without_translation(project: Project) -> str:
    off = project.settings.possible("USE_I18N")
    return "USE_I18N is False" if off and all(p.value is False for p in off) else ""


def _without_managers(project: Project) -> str:
    return "" if _is_set(project, "MANAGERS") or _is_set(project, "ADMINS") else "MANAGERS is empty"


def _without_origins(project: Project) -> str:
    by_signal = any(i.module.startswith("corsheaders.signals") for m in project.source for i in m.imports)
    allowed = by_signal or any(_is_set(project, setting) for setting in _ORIGINS)
    return "" if allowed else "no CORS setting allows any origin"


_VOID = {
    "corsheaders.middleware.CorsMiddleware": _without_origins,
    "django.middleware.common.BrokenLinkEmailsMiddleware": _without_managers,
    "django.middleware.locale.LocaleMiddleware": _without_translation,
}


def _is_set(project: Project, name: str) -> bool:
    return any(p.value is MISSING or p.value or p.variable for p in project.settings.possible(name))


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The entry is taken out; unsafe because another package may rely on it being named."""
    yield RemoveItem(finding.where.path, "MIDDLEWARE", finding.symbol.partition(".")[2])


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                USE_I18N = False
                MIDDLEWARE = [
                    "django.middleware.locale.LocaleMiddleware",
                    "django.middleware.common.CommonMiddleware",
                    "django.middleware.cache.UpdateCacheMiddleware",
                ]
            """
        },
        at=("config/settings.py:3", "config/settings.py:5"),
        fixed={
            "config/settings.py": """
                USE_I18N = False
                MIDDLEWARE = [
                    "django.middleware.common.CommonMiddleware",
                ]
            """
        },
    ),
    Holds(
        {
            "config/settings.py": """
                MIDDLEWARE = [
                    "django.middleware.locale.LocaleMiddleware",
                    "corsheaders.middleware.CorsMiddleware",
                ]
                CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                INSTALLED_APPS = ["django.contrib.sites"]
                MIDDLEWARE = ["django.contrib.sites.middleware.CurrentSiteMiddleware"]
            """
        },
        because="its app is installed",
    ),
)
