"""Somebody in front of Django writes an access log, with the time each request took.

Without one nobody can say which client, path and status made last night's load: error reports hold only what
failed, and there is nothing to count requests or their durations by. gunicorn writes none unless it is asked to
(`accesslog = "-"`), and its default format leaves the duration out.
Holds when the application server logs requests with their time, or a proxy of the repository, a platform's
router or a request-logging middleware does. A server that merely leaves its log at the default cannot be told:
a proxy outside the repository may log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import RemoveLines, SetSetting
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.edge import other_proxy, platform_router, production_nginx, published_directly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.servers import AppServer, Directive
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Requests are logged with their duration",
    broken="Requests are not logged, or without their duration",
    impact=Impact.MEDIUM,
    sources=("PT5",),
    links=(
        "https://docs.gunicorn.org/en/stable/settings.html#accesslog",
        "https://nginx.org/en/docs/http/ngx_http_log_module.html",
    ),
    fix=Safety.UNSAFE,
)

DEFAULT_FORMAT = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'
FORMAT = DEFAULT_FORMAT + " %(L)s %({x-request-id}i)s"
_DURATIONS = ("%(L)s", "%(D)s", "%(T)s", "%(M)s")
_OFF = (None, "", False, "/dev/null")
_LOG_CONFIGS = ("logconfig", "logconfig_dict", "logconfig_json", "syslog", "logger_class")
_MIDDLEWARE = ("django_structlog", "request_logging", "log_request", "accesslog", "access_log", "logging")
_BLOCK = "django_tenfold.observability.middleware.RequestMiddleware"
"""Logs each request with its time, view and queries."""


def check(project: Project) -> Iterator[Judgement]:
    servers = project.servers.serving()
    silenced = [
        d for config in production_nginx(project) for top in config.top for d in _silenced(top, False)
    ]
    if silenced and (logger := _logs_instead(project, servers)):
        yield CannotTell(f"nginx writes no access log; {logger} does", silenced[0].where)
    else:
        yield from map(_nginx_off, silenced)
    if not servers and not production_nginx(project):
        yield CannotTell("nothing in the repository says what serves production")
    by_block = any(entry.value == _BLOCK for entry in project.settings.entries("MIDDLEWARE"))
    if production_nginx(project) or other_proxy(project) or by_block:
        return
    for app in servers:
        yield from _judge(project, app)


def _silenced(directive: Directive, inside: bool) -> Iterator[Directive]:
    """`access_log off` where it means a whole server: at http or server level, not in a location."""
    if directive.name in ("http", "server") or not inside:
        own = directive.own("access_log") if directive.block is not None else None
        passes = any(True for name in ("proxy_pass", "uwsgi_pass") for _ in directive.find(name))
        kept = any(d.args[:1] != ("off",) for d in directive.find("access_log"))
        if own is not None and passes and not kept:
            yield own
            return
        for child in directive.block or ():
            if child.name in ("http", "server"):
                yield from _silenced(child, True)


def _logs_instead(project: Project, servers: tuple[AppServer, ...]) -> str:
    """Which application server behind nginx logs requests, or "a middleware"; "" when none is known to."""
    if _logging_middleware(project):
        return "a middleware"
    for app in servers:
        logs = (
            app.possible("accesslog")
            if app.kind == "gunicorn"
            else app.kind in ("uvicorn", "uwsgi", "daphne")
        )
        if logs and _turned_off(app) is None:
            return app.kind
    return ""


def _nginx_off(directive: Directive) -> Judgement:
    return practice.finding(
        directive.where,
        "nginx writes no access log for the whole server: access_log off.",
        remedy="access_log /dev/stdout combined;  # and off only in the locations of health checks and assets",
        symbol="nginx access_log",
        confidence=Confidence.MEDIUM,
    )


def _judge(project: Project, app: AppServer) -> Iterator[Judgement]:
    off = _turned_off(app)
    router = platform_router(project)
    if router is not None:
        if off is not None:
            yield CannotTell(f"{app.kind} logs no requests; the router of {router.path} may", off.where)
    elif off is not None:
        if _logging_middleware(project):
            yield CannotTell(f"{app.kind} logs no requests; a middleware of the project seems to", off.where)
        else:
            yield practice.finding(
                off.where,
                f"{app.kind} is told to log no requests, and no proxy in the repository does.",
                remedy="Leave the option out, or log them in the proxy in front.",
                symbol=f"{app.kind} access log",
                proof=off.source,
                confidence=Confidence.MEDIUM,
                fixable=False,
            )
    elif app.kind == "gunicorn" and not app.possible("accesslog"):
        yield from _left_unset(project, app)
    elif app.kind == "gunicorn":
        yield from _without_duration(app)


def _turned_off(app: AppServer) -> Possible | None:
    if app.kind == "uwsgi":
        kept = any(app.possible(n) for n in ("log-4xx", "log-5xx", "log-slow", "req-logger", "logger-req"))
        off = app.likely("disable-logging")
        return off if off is not None and off.value is True and not kept else None
    if app.kind == "uvicorn":
        off = app.likely("access_log")
        return off if off is not None and off.value is False else None
    if app.kind == "gunicorn" and not any(app.possible(name) for name in _LOG_CONFIGS):
        off = app.likely("accesslog")
        return off if off is not None and off.value in _OFF and not off.variable else None
    return None


def _logging_middleware(project: Project) -> bool:
    entries = project.settings.entries("MIDDLEWARE")
    return any(word in str(p.value).lower() for p in entries for word in _MIDDLEWARE)


def _left_unset(project: Project, app: AppServer) -> Iterator[Judgement]:
    if any(app.possible(name) for name in _LOG_CONFIGS) or not app.complete:
        yield CannotTell("gunicorn's logging is configured elsewhere", app.where)
    elif any(direct.where == app.where for direct, _, _ in published_directly(project)):
        yield practice.finding(
            app.where,
            "gunicorn answers visitors directly and writes no access log, its default.",
            remedy=f"--access-logfile - --access-logformat '{FORMAT}'",
            symbol="gunicorn access log",
            proof="accesslog is not set",
            confidence=Confidence.MEDIUM,
            fixable=False,
        )
    else:
        yield CannotTell("gunicorn writes no access log by default; a proxy outside may", app.where)


def _without_duration(app: AppServer) -> Iterator[Judgement]:
    """gunicorn logs, and its format leaves out how long a request took."""
    log, written = app.likely("accesslog"), app.likely("access_log_format")
    if log is None or any(app.possible(name) for name in _LOG_CONFIGS):
        return
    text = str(written.value) if written else DEFAULT_FORMAT
    if (written is None and app.possible("access_log_format")) or any(word in text for word in _DURATIONS):
        return
    yield practice.finding(
        written.where if written else log.where,
        "gunicorn's access log says nothing of a request's duration"
        + (": its default format has none." if written is None else "."),
        remedy=f"access_log_format = {FORMAT!r}",
        symbol="gunicorn access_log_format",
        proof=f"format {text}",
        impact=Impact.LOW,
        confidence=Confidence.HIGH if app.purpose == "production" else Confidence.MEDIUM,
        fixable=bool(app.config_path) and (written is None or written.where.path == app.config_path),
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The format with the duration and the request's id; nginx's `off` goes. Unsafe: logs grow or change."""
    if finding.symbol == "nginx access_log":
        yield RemoveLines(finding.where.path, finding.where.line)
    for app in project.servers.serving("gunicorn"):
        places = [p.where for name in ("accesslog", "access_log_format") for p in app.possible(name)]
        if finding.where in places:
            yield SetSetting(app.config_path, "access_log_format", repr(FORMAT), after="accesslog")
            return


EXAMPLES = (
    Breaks(
        {
            "docker-compose.prod.yml": """
                services:
                  web:
                    image: shop
                    command: gunicorn config.wsgi --workers 4
                    ports: ["80:8000"]
            """
        },
        at="docker-compose.prod.yml:4",
    ),
    Breaks(
        {
            "nginx.conf": """
                server {
                    listen 80;
                    access_log off;
                    location / {
                        proxy_pass http://127.0.0.1:8000;
                    }
                }
            """
        },
        at="nginx.conf:3",
        fixed={
            "nginx.conf": """
                server {
                    listen 80;
                    location / {
                        proxy_pass http://127.0.0.1:8000;
                    }
                }
            """
        },
    ),
    Breaks(
        {"Dockerfile": 'FROM python:3.13-slim\nCMD ["uvicorn", "config.asgi:app", "--no-access-log"]\n'},
        at="Dockerfile:2",
    ),
    Breaks(
        {
            "Dockerfile": 'FROM python:3.13-slim\nCMD ["gunicorn", "config.wsgi", "-c", "gunicorn.conf.py"]\n',
            "gunicorn.conf.py": """
                workers = 4
                accesslog = "-"
            """,
        },
        at="gunicorn.conf.py:2",
        fixed={"gunicorn.conf.py": f'workers = 4\naccesslog = "-"\naccess_log_format = {FORMAT!r}\n'},
    ),
    Holds({"Procfile": "web: gunicorn config.wsgi\n"}),
    Holds(
        {
            "config/settings.py": """
                MIDDLEWARE = ["django_tenfold.observability.middleware.RequestMiddleware"]
            """,
            "Dockerfile": 'FROM python:3.13-slim\nCMD ["gunicorn", "config.wsgi", "-c", "gunicorn.conf.py"]\n',
            "gunicorn.conf.py": "workers = 4\naccesslog = None\n",
        }
    ),
    LooksAlike(
        {
            "nginx.conf": """
                server {
                    listen 80;
                    location /health { access_log off; proxy_pass http://127.0.0.1:8000; }
                    location / { proxy_pass http://127.0.0.1:8000; }
                }
            """
        },
        because="only the health check is left out",
    ),
    LooksAlike(
        {
            "nginx.conf": """
                server {
                    listen 80;
                    access_log off;
                    location / { proxy_pass http://web:8000; }
                }
            """,
            "Dockerfile": 'FROM python:3.13-slim\nCMD ["gunicorn", "config.wsgi", "--access-logfile", "-"]\n',
        },
        because="gunicorn behind it writes the log",
    ),
    LooksAlike(
        {"Dockerfile": 'FROM python:3.13-slim\nCMD ["gunicorn", "config.wsgi", "--workers", "4"]\n'},
        because="a proxy outside the repository may log",
    ),
)
