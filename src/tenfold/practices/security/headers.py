"""Security headers are on every answer.

A browser protects a visitor only where the answer asks for it: without `X-Content-Type-Options` an upload can be
run as a script, without `X-Frame-Options` or `frame-ancestors` the page can be put into another one and clicked
on, without `Referrer-Policy` addresses with tokens leak to other sites, and without `Content-Security-Policy` one
unescaped value is a script of a stranger. At a million users somebody looks for each of them.
Holds when Django (or nginx, where it is in the repository) sends the first three, and Django, django-csp or a
subclass of it the last. Without a middleware for sessions or users nobody is signed in by a cookie, and frames and
policy are left alone. A preview, because a proxy or CDN outside of the repository may send all of them.
Scan the running site as well: https://developer.mozilla.org/en-US/observatory
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import InsertItem, SetSetting
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
from tenfold.project.model import Known
from tenfold.project.settings import MISSING, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Security headers are on every answer",
    broken="A security header is missing",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("BP57",),
    needs=("settings",),
    links=(
        "https://docs.djangoproject.com/en/stable/ref/middleware/#security-middleware",
        "https://docs.djangoproject.com/en/stable/topics/security/",
        "https://developer.mozilla.org/en-US/observatory",
    ),
    fix=Safety.SAFE,
)

SECURITY = "django.middleware.security.SecurityMiddleware"
FRAMES = "django.middleware.clickjacking.XFrameOptionsMiddleware"
POLICY = "django.middleware.csp.ContentSecurityPolicyMiddleware"
_POLICIES = ("csp", "contentsecuritypolicy")
"""What the class of a middleware that sends a policy is called, in lower case: Django's, django-csp's and its variants,
and a project's own subclass."""
_SIGNED_IN = ("session", "authentication")
_SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"


def check(project: Project) -> Iterator[Judgement]:
    entries = [entry.value for entry in project.settings.entries("MIDDLEWARE")]
    unread = next((entry for entry in entries if isinstance(entry, Undetermined)), None)
    if unread is not None:
        yield CannotTell(f"MIDDLEWARE: {unread.why}", project.settings.where("MIDDLEWARE"))
        return
    if not entries:
        yield CannotTell("MIDDLEWARE is not known")
        return
    sent = _sent_by_nginx(project)
    policy = "content-security-policy" in sent or any(_names_a_policy(entry) for entry in entries)
    if SECURITY not in entries:
        yield NotApplicable(
            "without SecurityMiddleware (security/deploy-check tells) Django sends none of them"
        )
        return
    if "x-content-type-options" not in sent:
        yield from _switched_off(project, "SECURE_CONTENT_TYPE_NOSNIFF", "X-Content-Type-Options", "True")
    if "referrer-policy" not in sent:
        yield from _switched_off(project, "SECURE_REFERRER_POLICY", "Referrer-Policy", '"same-origin"')
    if not _knows_visitors(entries):
        return  # what is clicked on in a frame, or runs as a script, can act for nobody
    if FRAMES not in entries and "x-frame-options" not in sent and not policy:
        yield _framed(project)
    if not policy and project.settings.complete:
        yield _without_policy(project)


def _names_a_policy(entry: object) -> bool:
    last = str(entry).rpartition(".")[2].lower()
    return any(name in last for name in _POLICIES)


def _knows_visitors(entries: list[object]) -> bool:
    """Whether a middleware signs visitors in with a cookie, by what it is called."""
    return any(word in str(entry).lower() for entry in entries for word in _SIGNED_IN)


def _sent_by_nginx(project: Project) -> set[str]:
    """Names of headers, in lower case, that a configuration of nginx in the repository adds."""
    added = (one for config in project.servers.nginx for one in config.find("add_header"))
    return {one.args[0].lower() for one in added if one.args}


def _switched_off(project: Project, name: str, header: str, value: str) -> Iterator[Judgement]:
    for possible in project.settings.possible(name):
        if possible.value is MISSING or isinstance(possible.value, Undetermined) or possible.value:
            continue
        yield practice.finding(
            possible.where,
            f"{name} is {possible.value!r}: no answer bears {header}, which Django would send by default.",
            remedy=f"{name} = {value}",
            symbol=name,
            proof=f"{name} {possible.source}",
            fixable=not possible.variable,
        )


def _framed(project: Project) -> Judgement:
    return practice.finding(
        project.settings.where("MIDDLEWARE"),
        "XFrameOptionsMiddleware is not in MIDDLEWARE: any site can show these pages in a frame and have a"
        " signed-in visitor click on what they do not see.",
        remedy=f'MIDDLEWARE += ["{FRAMES}"]',
        symbol="MIDDLEWARE.XFrameOptionsMiddleware",
        proof="neither X-Frame-Options nor Content-Security-Policy is sent by Django, or by nginx here",
    )


def _without_policy(project: Project) -> Judgement:
    version = project.dependencies.version("django")
    major = version.value.partition(".")[0] if isinstance(version, Known) else ""
    built_in = major.isdigit() and int(major) >= 6
    remedy = (
        f'SECURE_CSP = {{"default-src": [CSP.SELF]}} and "{POLICY}" in MIDDLEWARE'
        if built_in
        else 'pip install django-csp, "csp.middleware.CSPMiddleware" in MIDDLEWARE, CONTENT_SECURITY_POLICY'
    )
    return practice.finding(
        project.settings.where("MIDDLEWARE"),
        "No Content-Security-Policy is sent: one value that a template does not escape runs as a script.",
        remedy=f"{remedy}; begin with the report-only form.",
        symbol="SECURE_CSP",
        fixable=False,
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """What Django does by default is switched on again; the middleware is added at its usual place, the end."""
    path, line = finding.where.path, finding.where.line
    if finding.symbol == "SECURE_CONTENT_TYPE_NOSNIFF":
        yield SetSetting(path, finding.symbol, "True", line=line)
    elif finding.symbol == "SECURE_REFERRER_POLICY":
        yield SetSetting(path, finding.symbol, '"same-origin"', line=line)
    elif finding.symbol.endswith("XFrameOptionsMiddleware"):
        yield InsertItem(path, "MIDDLEWARE", FRAMES)


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": f"""
                MIDDLEWARE = ["{SECURITY}", "{_SESSIONS}"]
                SECURE_CSP = {{"default-src": ["'self'"]}}
                SECURE_CONTENT_TYPE_NOSNIFF = False
                SECURE_REFERRER_POLICY = None
            """
        },
        at=("config/settings.py:3", "config/settings.py:4", "config/settings.py:1", "config/settings.py:1"),
        fixed={
            "config/settings.py": f"""
                MIDDLEWARE = ["{SECURITY}", "{_SESSIONS}", "{FRAMES}"]
                SECURE_CSP = {{"default-src": ["'self'"]}}
                SECURE_CONTENT_TYPE_NOSNIFF = True
                SECURE_REFERRER_POLICY = "same-origin"
            """
        },
    ),
    Breaks(
        {"config/settings.py": f'MIDDLEWARE = ["{SECURITY}", "{_SESSIONS}", "{FRAMES}"]\n'},
        at="config/settings.py:1",
    ),
    Holds({"config/settings.py": f'MIDDLEWARE = ["{SECURITY}", "{_SESSIONS}", "{FRAMES}", "{POLICY}"]\n'}),
    LooksAlike(
        {
            "config/settings.py": f'MIDDLEWARE = ["{SECURITY}", "{_SESSIONS}", "csp.middleware.CSPMiddleware"]\n'
        },
        because="the policy's frame-ancestors says who may frame the page",
    ),
    LooksAlike(
        {
            "config/settings.py": f'MIDDLEWARE = ["{SECURITY}", "{_SESSIONS}"]\nSECURE_CONTENT_TYPE_NOSNIFF = False\n',
            "nginx.conf": """
                http {
                    server {
                        listen 80;
                        add_header X-Content-Type-Options nosniff always;
                        add_header X-Frame-Options DENY always;
                        add_header Content-Security-Policy "default-src 'self'" always;
                        location / { proxy_pass http://app:8000; }
                    }
                }
            """,
        },
        because="nginx sends them",
    ),
    LooksAlike(
        {"config/settings.py": 'MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]\n'},
        because="that SecurityMiddleware is missing is told by security/deploy-check",
    ),
    LooksAlike(
        {
            "config/settings.py": f"""
                MIDDLEWARE = ["{SECURITY}", "{_SESSIONS}", "{FRAMES}", "shop.middleware.AdminCSPMiddleware"]
            """
        },
        because="a subclass of django-csp's middleware sends the policy",
    ),
    LooksAlike(
        {"config/settings.py": f'MIDDLEWARE = ["{SECURITY}", "django.middleware.common.CommonMiddleware"]\n'},
        because="an API without cookies: there is no visitor in whose name a frame or script could act",
    ),
)
