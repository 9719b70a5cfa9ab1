"""SITE_ID is set where the sites framework is used.

Without SITE_ID, `Site.objects.get_current()` works only when it is given the request: mail sent from a
worker, sitemaps and feeds built outside a request raise ImproperlyConfigured.
Holds when `django.contrib.sites` is not installed, or SITE_ID is set. A project that serves several hosts
from one process leaves SITE_ID out on purpose and passes the request: that is accepted where
`CurrentSiteMiddleware` is in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import SetSetting
from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
    Safety,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="SITE_ID is set where sites are used",
    broken="The sites framework is installed without SITE_ID",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("PT7",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/contrib/sites/#enabling-the-sites-framework",),
    fix=Safety.UNSAFE,
)

_SITES = ("django.contrib.sites", "django.contrib.sites.apps.SitesConfig")
_MIDDLEWARE = "django.contrib.sites.middleware.CurrentSiteMiddleware"


def check(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    installed = [app for app in settings.entries("INSTALLED_APPS") if app.value in _SITES]
    if not installed:
        yield NotApplicable("django.contrib.sites is not installed")
        return
    if "SITE_ID" in settings or any(m.value == _MIDDLEWARE for m in settings.entries("MIDDLEWARE")):
        return
    if not settings.complete:
        yield CannotTell("SITE_ID is not set in the settings that could be followed")
        return
    yield practice.finding(
        installed[0].where,
        "django.contrib.sites is installed and SITE_ID is not set: code that runs outside a request"
        " (workers, commands) gets ImproperlyConfigured when it asks for the current site.",
        remedy="SITE_ID = 1  # the row that Django's migration creates",
        symbol="SITE_ID",
        proof=f"{installed[0].value} in INSTALLED_APPS, no SITE_ID, no CurrentSiteMiddleware",
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """SITE_ID = 1, which is what Django's migration creates; unsafe where hosts choose the site."""
    yield SetSetting(finding.where.path, "SITE_ID", "1", after="INSTALLED_APPS")


EXAMPLES = (
    Breaks(
        {"config/settings.py": 'INSTALLED_APPS = ["django.contrib.sites"]'},
        at="config/settings.py:1",
        fixed={"config/settings.py": 'INSTALLED_APPS = ["django.contrib.sites"]\nSITE_ID = 1\n'},
    ),
    Holds({"config/settings.py": 'INSTALLED_APPS = ["django.contrib.sites"]\nSITE_ID = 1\n'}),
    LooksAlike(
        {
            "config/settings.py": """
                INSTALLED_APPS = ["django.contrib.sites"]
                MIDDLEWARE = ["django.contrib.sites.middleware.CurrentSiteMiddleware"]
            """
        },
        because="the request's host chooses the site",
    ),
)
