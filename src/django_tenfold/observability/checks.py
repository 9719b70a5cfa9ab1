"""System checks of the block: `manage.py check`; those of production with `--deploy`. Ids tenfold.E/W4xx."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import Error, register
from django.core.checks import Warning as CheckWarning
from django.utils.log import AdminEmailHandler

from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.core.checks import CheckMessage

TAG = "observability"
ACCESS = "tenfold.access"
MIDDLEWARE = "django_tenfold.observability.middleware.RequestMiddleware"
BEFORE = ("django_tenfold.observability.", "whitenoise.")
"""Middleware that may stand before it: health answers and static files are no requests of the project."""

_SAFE_HANDLERS = ("logging.NullHandler", "Mail", "sentry_sdk", "Sentry")
_MANY = 0.05
"""Share of requests above which their ids in SQL displace prepared statements that are of use."""


def check_options(app_configs: object, **_: object) -> list[CheckMessage]:
    """E401: TENFOLD_OBSERVABILITY holds what cannot be. E402: the cache of error mails is not in CACHES."""
    if problems := options.report_problems("tenfold.E401"):
        return [*problems]
    chosen = options().error_mail_cache
    if chosen in settings.CACHES:
        return []
    return [
        Error(
            f"TENFOLD_OBSERVABILITY['error_mail_cache'] is {chosen!r}, which is not in CACHES: each process would limit"
            " error mails by itself, and a flood sends as many times more as there are processes.",
            hint=f"Name one of: {', '.join(settings.CACHES)}.",
            id="tenfold.E402",
        )
    ]


def check_middleware(app_configs: object, **_: object) -> list[CheckMessage]:
    """W403: no request is recorded. W404: it stands too far inside."""
    middleware = [*settings.MIDDLEWARE]
    if MIDDLEWARE not in middleware:
        return [
            CheckWarning(
                "RequestMiddleware is not in MIDDLEWARE: requests have no id, no access log, no metrics.",
                hint=f'Put "{MIDDLEWARE}" first in MIDDLEWARE.',
                id="tenfold.W403",
            )
        ]
    before = [one for one in middleware[: middleware.index(MIDDLEWARE)] if not one.startswith(BEFORE)]
    if not before:
        return []
    return [
        CheckWarning(
            f"{before[0]} stands before RequestMiddleware: what it answers by itself is not logged, its time is not"
            " counted, and a cache there would give one request's id and timing to the next.",
            hint=f'Move "{MIDDLEWARE}" before it.',
            id="tenfold.W404",
        )
    ]


def _is_broken() -> bool:
    """Options that cannot be read: E401 says why."""
    return any(True for _ in options.find_problems())


def check_edge(app_configs: object, **_: object) -> list[CheckMessage]:
    """W405: anybody chooses the request id."""
    if _is_broken():
        return []
    told_of_edge = (
        settings.SECURE_PROXY_SSL_HEADER or settings.USE_X_FORWARDED_HOST or options().client_header
    )
    if not options().trust_request_id or told_of_edge:
        return []
    return [
        CheckWarning(
            "The request id is taken from the request, but no setting tells of an edge that makes it: clients can"
            " then give the same id to many requests, and their log lines cannot be told apart.",
            hint="Behind a proxy that sets X-Request-ID, set SECURE_PROXY_SSL_HEADER (it sets X-Forwarded-Proto as"
            " well); without one, TENFOLD_OBSERVABILITY['trust_request_id'] = False.",
            id="tenfold.W405",
        )
    ]


def check_logging(app_configs: object, **_: object) -> list[CheckMessage]:
    """W406: lines that cannot be told to which request they belong."""
    bare = [*_find_handlers_without_id(settings.LOGGING or {})]
    if not bare:
        return []
    return [
        CheckWarning(
            f"LOGGING: the handlers {', '.join(bare)} write no request id: under load the lines of many requests are"
            " mixed, and nothing tells which belong together.",
            hint='Use LOGGING = logging_config(...), or add {"()": "django_tenfold.observability.log_lines.'
            'RequestIdFilter"} to "filters", name it in each handler, and write {request_id} in the format.',
            id="tenfold.W406",
        )
    ]


def check_access_log(app_configs: object, **_: object) -> list[CheckMessage]:
    """W415: the access log is made and written nowhere, as with a LOGGING that names its loggers and no root."""
    if _is_broken() or MIDDLEWARE not in settings.MIDDLEWARE or not options().access_log:
        return []
    logger = logging.getLogger(ACCESS)
    chosen = logger.level or logging.getLogger("tenfold").level  # whoever sets a level has decided
    if logger.hasHandlers() and (chosen or logger.isEnabledFor(logging.INFO)):
        return []
    return [
        CheckWarning(
            f"Nobody writes what the logger {ACCESS!r} says: there is no handler for it, or its level is WARNING, so"
            " a slow or failed request leaves no line.",
            hint='In LOGGING["loggers"]: "tenfold": {"handlers": ["console"], "level": "INFO"}; or LOGGING ='
            " logging_config(...); or TENFOLD_OBSERVABILITY['access_log'] = False.",
            id="tenfold.W415",
        )
    ]


def _find_handlers_without_id(logging_settings: dict[str, Any]) -> Iterator[str]:
    """Handlers that write lines, without the filter, and not formatted by the block's own JSON either."""
    filters, formatters = logging_settings.get("filters", {}), logging_settings.get("formatters", {})
    for name, handler in logging_settings.get("handlers", {}).items():
        kind = str(handler.get("class", handler.get("()", "")))
        if any(part in kind for part in _SAFE_HANDLERS):
            continue
        made_by = [
            str(filters.get(one, {}).get("()", ""))
            for one in handler.get("filters", ())
            if isinstance(one, str)
        ]
        formatter = str(formatters.get(handler.get("formatter"), {}).get("()", ""))
        if "JsonFormatter" not in formatter and not any("RequestId" in one for one in made_by):
            yield name


def check_sql_comments(app_configs: object, **_: object) -> list[CheckMessage]:
    """W407: request ids in SQL, and statements that are prepared."""
    if _is_broken():
        return []
    chosen = options()
    if chosen.sql_comments != "request" or chosen.sql_comment_sample <= _MANY:
        return []
    prepared = [
        alias for alias, database in settings.DATABASES.items() if _prepares(database.get("OPTIONS") or {})
    ]
    if not prepared:
        return []
    return [
        CheckWarning(
            f"Statements on {', '.join(prepared)} are prepared, and {chosen.sql_comment_sample:.0%} of the requests"
            " write their id into each: every text is new, is prepared for nothing and displaces what is used again"
            " (in PgBouncer's max_prepared_statements as well).",
            hint="TENFOLD_OBSERVABILITY['sql_comments'] = \"view\", or 'sql_comment_sample' = 0.01.",
            id="tenfold.W407",
        )
    ]


def _prepares(database_options: dict[str, Any]) -> bool:
    return database_options.get("prepare_threshold") is not None or bool(
        database_options.get("server_side_binding")
    )


def check_error_mail(app_configs: object, **_: object) -> list[CheckMessage]:
    """W408: each error is a mail."""
    names = [name for name in ("", "django", "django.request") if _mails_each_error(logging.getLogger(name))]
    if not settings.ADMINS or not names:
        return []
    return [
        CheckWarning(
            f"The logger {names[0] or 'root'} mails each error to ADMINS, within the request that failed: when the"
            " database goes, that is a mail for every request, and requests that wait for the mail server.",
            hint="LOGGING = logging_config(mail_errors=True), or the handler class"
            ' "django_tenfold.observability.error_mail.ErrorMailHandler".',
            id="tenfold.W408",
        )
    ]


def _mails_each_error(logger: logging.Logger) -> bool:
    return any(type(handler) is AdminEmailHandler for handler in logger.handlers)


def check_zeal(app_configs: object, **_: object) -> list[CheckMessage]:
    """W409: zeal in production."""
    if settings.DEBUG or "zeal" not in settings.INSTALLED_APPS or find_spec("zeal") is None:
        return []
    return [
        CheckWarning(
            "zeal watches each query in production: it slows every request, and fails those with an N+1.",
            hint="INSTALLED_APPS += find_n_plus_one_tools(debug=DEBUG).apps, and its middleware alike.",
            id="tenfold.W409",
        )
    ]


CHECKS: tuple[Callable[..., list[CheckMessage]], ...] = (check_options, check_middleware)
DEPLOY_CHECKS: tuple[Callable[..., list[CheckMessage]], ...] = (
    check_edge,
    check_logging,
    check_access_log,
    check_sql_comments,
    check_error_mail,
    check_zeal,
)


def register_checks() -> None:
    for check in CHECKS:
        register(check, TAG)
    for check in DEPLOY_CHECKS:
        register(check, TAG, deploy=True)
