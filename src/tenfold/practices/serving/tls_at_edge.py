"""TLS ends at the proxy, and Django knows it.

Behind a proxy that ends TLS Django sees plain HTTP: with SECURE_SSL_REDIRECT it redirects every request to
the address it came from, for ever; without it, absolute links say http and CSRF's check of the Origin header
refuses forms. SECURE_PROXY_SSL_HEADER tells it, and is safe only where the proxy always sets that header
itself: else any client claims to be on HTTPS.
Holds when the header is set in the settings and by the proxy, or the application server already takes the
scheme from a proxy it trusts (`forwarded_allow_ips`, or nginx on the same host). Where the environment decides
the header, nothing is reported.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.edits.model import SetSetting
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.edge import other_proxy, platform_router, to_application
from tenfold.project.production import doubt_settings
from tenfold.project.settings import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.edge import Proxied
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Django knows that TLS ends at the proxy",
    broken="Django does not know, or cannot trust, that TLS ended at the proxy",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
    sources=("BP28",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/#secure-proxy-ssl-header",),
    fix=Safety.SAFE,
)

HEADER = '("HTTP_X_FORWARDED_PROTO", "https")'
_PASSES_SCHEME = ("fly.toml", "render.yaml", "heroku.yml", "app.json", "railway.toml", "railway.json")
"""Files of platforms whose router sets X-Forwarded-Proto itself, by their documentation."""


def check(project: Project) -> Iterator[Judgement]:
    for why in doubt_settings(project):
        yield CannotTell(why)
        return
    header = [p for p in project.settings.possible("SECURE_PROXY_SSL_HEADER") if p.value is not None]
    if header:
        yield from _spoofable(project, header)
    elif not project.settings.complete:
        yield CannotTell("SECURE_PROXY_SSL_HEADER may stand in settings that could not be followed")
    elif _trusted_server(project):
        yield CannotTell("the application server itself takes the scheme from proxies that it trusts")
    else:
        yield from _unknown_to_django(project)


def _unknown_to_django(project: Project) -> Iterator[Judgement]:
    places = [p for p in to_application(project) if p.passing.name == "proxy_pass"]
    ended = next((p for p in places if p.ends_tls), None)
    router = platform_router(project)
    platform = router.path.rpartition("/")[2] in _PASSES_SCHEME if router else False
    redirect = next((p for p in project.settings.possible("SECURE_SSL_REDIRECT") if p.value is True), None)
    if redirect is not None and not redirect.condition:
        yield from _loop(project, redirect, sure=bool(ended) or platform)
    elif ended is not None:
        yield _unseen(
            project, f"nginx ends TLS at {ended.server.where if ended.server else ended.passing.where}", ended
        )
    elif platform and router is not None:
        yield _unseen(project, f"the platform's router ({router.path}) ends TLS", None)
    else:
        yield CannotTell("nothing in the repository says where TLS ends")


def _loop(project: Project, redirect: Possible, *, sure: bool) -> Iterator[Judgement]:
    """Redirecting to HTTPS while every request looks like HTTP; unless the server speaks TLS itself."""
    servers = project.servers.serving()
    if any(
        app.possible(name) for app in servers for name in ("certfile", "ssl_certfile", "https", "ssl_context")
    ):
        return
    if not servers and not sure:
        yield CannotTell("SECURE_SSL_REDIRECT is on, and nothing says who ends TLS", redirect.where)
        return
    yield _mendable(
        practice.finding(
            redirect.where,
            "SECURE_SSL_REDIRECT is on and Django cannot see that a request came over TLS: behind a proxy that"
            " ends it, every page redirects to itself for ever.",
            remedy=f"SECURE_PROXY_SSL_HEADER = {HEADER}",
            symbol="SECURE_PROXY_SSL_HEADER",
            proof=f"SECURE_SSL_REDIRECT {redirect.source}; SECURE_PROXY_SSL_HEADER is not set",
            impact=Impact.HIGH,
            confidence=Confidence.MEDIUM,
        ),
        project,
    )


def _unseen(project: Project, proof: str, ended: Proxied | None) -> Judgement:
    finding = practice.finding(
        project.settings.where("SECURE_PROXY_SSL_HEADER"),
        f"{proof[0].upper()}{proof[1:]}, and SECURE_PROXY_SSL_HEADER is not set: Django takes every request for"
        " plain HTTP.",
        remedy=f"SECURE_PROXY_SSL_HEADER = {HEADER}",
        symbol="SECURE_PROXY_SSL_HEADER",
        proof=proof,
        confidence=Confidence.MEDIUM,
        related=(ended.passing.where,) if ended else (),
    )
    return _mendable(finding, project)


def _mendable(finding: Finding, project: Project) -> Finding:
    """Safe where the repository's own nginx always sets the header."""
    places = [p for p in to_application(project) if p.passing.name == "proxy_pass"]
    set_by_all = bool(places) and all("x-forwarded-proto" in (p.headers() or ()) for p in places)
    return replace(finding, fixable=Safety.SAFE if set_by_all else Safety.UNSAFE)


def _trusted_server(project: Project) -> bool:
    """gunicorn and uvicorn set the scheme from X-Forwarded-Proto of trusted addresses (127.0.0.1 by default);
    Heroku's buildpack tells gunicorn to trust its router."""
    for app in project.servers.serving("gunicorn", "uvicorn"):
        commands = [c for c in project.repository.commands if c.where == app.where]
        if app.possible("forwarded_allow_ips") or any(
            "FORWARDED_ALLOW_IPS" in c.environment for c in commands
        ):
            return True
        if app.kind == "gunicorn" and any(c.origin == "procfile" for c in commands):
            return True
        local = [p for p in to_application(project) if _is_local(p)]
        if local and all(_passes_scheme(p) for p in local):
            return True
    return any(p.passing.name == "uwsgi_pass" for p in to_application(project))


def _passes_scheme(place: Proxied) -> bool:
    headers = place.headers()
    return headers is None or "x-forwarded-proto" in headers


def _is_local(place: Proxied) -> bool:
    upstream = place.upstream
    servers = [d.args[0] for d in upstream.find("server") if d.args] if upstream else [place.target]
    return all(s.startswith(("127.0.0.1", "localhost", "unix:", "[::1]")) for s in servers)


def _spoofable(project: Project, header: list[Possible]) -> Iterator[Judgement]:
    """The header is trusted, and the repository's nginx hands on what the client sent under that name."""
    trusted = next((p for p in header if isinstance(p.value, list | tuple) and p.value), None)
    if (
        trusted is None
        or not isinstance(trusted.value, list | tuple)
        or not isinstance(trusted.value[0], str)
    ):
        if all(p.value is MISSING or p.variable for p in header):
            return
        yield CannotTell("SECURE_PROXY_SSL_HEADER could not be read", header[0].where)
        return
    name = trusted.value[0].removeprefix("HTTP_").replace("_", "-").lower()
    for place in to_application(project):
        headers = place.headers()
        if place.passing.name != "proxy_pass" or headers is None or name in headers or other_proxy(project):
            continue
        if not place.ends_tls and (name not in _OF_ANY_PROXY or _listens_on_a_socket(place)):
            yield CannotTell(f"a proxy in front of nginx sets {name.title()}", place.passing.where)
            continue
        when = f" (when {trusted.condition})" if trusted.condition else ""
        yield practice.finding(
            place.passing.where,
            f"Django trusts {name.title()}{when}, and nginx passes on whatever the client sent under that name:"
            " anybody can pretend to be on HTTPS, and real HTTPS requests lack it.",
            remedy=f"proxy_set_header {name.title()} $scheme;",
            symbol=f"nginx {name} {place.path}",
            proof=f"SECURE_PROXY_SSL_HEADER {trusted.source}",
            confidence=Confidence.MEDIUM,
            related=(trusted.where,),
            fixable=False,
        )


_OF_ANY_PROXY = (
    "x-forwarded-proto",
    "x-forwarded-protocol",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-scheme",
)
"""Headers that nginx is told to set. A CDN has its own: Fastly-SSL, CloudFront-Forwarded-Proto."""


def _listens_on_a_socket(place: Proxied) -> bool:
    """Whether nothing but another program of the host reaches this server."""
    listens = [d for d in (place.server.block or () if place.server else ()) if d.name == "listen"]
    return bool(listens) and all("".join(d.args).startswith("unix:") for d in listens)


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The header that the proxy sets is trusted."""
    path = project.settings.where("SECURE_PROXY_SSL_HEADER").path
    yield SetSetting(path, "SECURE_PROXY_SSL_HEADER", HEADER, after="SECURE_SSL_REDIRECT")


_TLS = """
server {
    listen 443 ssl;
    location / {
        proxy_pass http://web:8000;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
"""
_PLAIN = "server {\n    listen 80;\n    location / {\n        proxy_pass http://web:8000;\n    }\n}\n"

EXAMPLES = (
    Breaks(
        {"config/settings.py": "DEBUG = False\nSECURE_SSL_REDIRECT = True\n", "nginx.conf": _TLS},
        at="config/settings.py:2",
        fixed={
            "config/settings.py": "DEBUG = False\nSECURE_SSL_REDIRECT = True\n"
            f"SECURE_PROXY_SSL_HEADER = {HEADER}\n"
        },
    ),
    Breaks(
        {
            "config/settings.py": f"SECURE_PROXY_SSL_HEADER = {HEADER}\n",
            "nginx.conf": _PLAIN,
        },
        at="nginx.conf:4",
    ),
    Holds({"config/settings.py": f"SECURE_PROXY_SSL_HEADER = {HEADER}\n", "nginx.conf": _TLS}),
    LooksAlike(
        {
            "config/settings.py": "import os\n\n"
            'if os.environ.get("BEHIND_PROXY"):\n'
            f"    SECURE_PROXY_SSL_HEADER = {HEADER}\n",
            "nginx.conf": _TLS,
        },
        because="the deployment turns it on, and nginx sets the header",
    ),
    LooksAlike(
        {"Procfile": "web: gunicorn config.wsgi\n", "config/settings.py": "SECURE_SSL_REDIRECT = True\n"},
        because="on Heroku gunicorn trusts the router and tells Django the scheme",
    ),
    LooksAlike(
        {
            "nginx.conf": """
                server {
                    listen unix:/run/platform/site.sock;
                    location / {
                        proxy_pass http://unix:/run/app.sock;
                        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        proxy_set_header Host $http_host;
                    }
                }
            """,
            "config/settings.py": 'SECURE_PROXY_SSL_HEADER = ("HTTP_FASTLY_SSL", "1")\n',
        },
        because="the CDN in front of nginx sets its own header",
    ),
)
