"""System checks of metrics, probes and the staff page. Ids tenfold.E/W41x."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import Error, register
from django.core.checks import Warning as CheckWarning

from django_tenfold.observability.internal_access import parse_networks, read_token
from django_tenfold.observability.metrics_finisher import has_prometheus
from django_tenfold.observability.metrics_folder import current_folder
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.checks import CheckMessage

TAG = "observability"
MIDDLEWARE = "django_tenfold.observability.health_middleware.HealthMiddleware"


def check_values(app_configs: object, **_: object) -> list[CheckMessage]:
    """E410, E411, E412: options that cannot work together with the other settings."""
    return [] if _is_broken() else [*_find_bad_networks(), *_find_unknown_parts(), *_find_bad_buckets()]


def _is_broken() -> bool:
    """Options that cannot be read: E401 says why."""
    return any(True for _ in options.find_problems())


def _find_bad_networks() -> Iterator[CheckMessage]:
    for text in options().internal_networks:
        try:
            parse_networks((text,))
        except ValueError as problem:
            yield Error(
                f"TENFOLD_OBSERVABILITY['internal_networks'] holds no network: {problem}. Nobody would be taken for"
                " internal, and Prometheus be refused.",
                hint='Write it as "10.0.0.0/8" or "192.0.2.7".',
                id="tenfold.E410",
            )


def _find_unknown_parts() -> Iterator[CheckMessage]:
    chosen = options()
    for option, setting, names in (
        ("ready_databases", "DATABASES", chosen.ready_databases),
        ("ready_caches", "CACHES", chosen.ready_caches),
    ):
        for name in set(names) - set(getattr(settings, setting)):
            yield Error(
                f"TENFOLD_OBSERVABILITY[{option!r}] names {name!r}, which is not in {setting}: /readyz would wait for"
                " it in vain and no host ever get a request.",
                hint=f"Name one of: {', '.join(getattr(settings, setting))}.",
                id="tenfold.E411",
            )


def _find_bad_buckets() -> Iterator[CheckMessage]:
    chosen = options()
    for name, bounds in (
        ("latency_buckets", chosen.latency_buckets),
        ("query_buckets", chosen.query_buckets),
    ):
        if not bounds or any(after <= before for before, after in pairwise(bounds)):
            yield Error(
                f"TENFOLD_OBSERVABILITY[{name!r}] must hold bounds that grow: the histogram cannot be made otherwise,"
                " and no worker starts.",
                hint="Sort them, each once; remove the option for the default.",
                id="tenfold.E412",
            )


def check_metrics(app_configs: object, **_: object) -> list[CheckMessage]:
    """W410: nothing is counted. W411: each process tells of itself alone."""
    if _is_broken() or not options().metrics:
        return []
    if not has_prometheus():
        return [
            CheckWarning(
                "prometheus_client is not installed: nothing is counted, /metrics and the staff page stay empty.",
                hint="pip install \"tenfold[observability]\", or TENFOLD_OBSERVABILITY['metrics'] = False.",
                id="tenfold.W410",
            )
        ]
    if current_folder() is not None:
        return []
    return [
        CheckWarning(
            "Metrics are not shared between processes: Prometheus would see another worker's counters at each scrape.",
            hint="Name a folder that this user may write to in TENFOLD_OBSERVABILITY['metrics_folder'].",
            id="tenfold.W411",
        )
    ]


def check_middleware(app_configs: object, **_: object) -> list[CheckMessage]:
    """W412: probes can be refused. W413: there are none."""
    middleware = [*settings.MIDDLEWARE]
    if MIDDLEWARE in middleware[1:]:
        return [
            CheckWarning(
                f"{middleware[0]} stands before HealthMiddleware: it can refuse, redirect or slow a probe, and the"
                " balancer takes a healthy host out.",
                hint=f'Move "{MIDDLEWARE}" to the first place.',
                id="tenfold.W412",
            )
        ]
    if middleware and middleware[0] == MIDDLEWARE:
        return []
    return [
        CheckWarning(
            "HealthMiddleware is not in MIDDLEWARE: there is no /livez, /readyz and /metrics, so a balancer sends"
            " requests to hosts whose database is gone.",
            hint=f'Put "{MIDDLEWARE}" first in MIDDLEWARE.',
            id="tenfold.W413",
        )
    ]


def check_readers(app_configs: object, **_: object) -> list[CheckMessage]:
    """W414: everything is counted and nobody may read it."""
    if _is_broken() or MIDDLEWARE not in settings.MIDDLEWARE or not options().metrics_path:
        return []
    if not options().metrics or options().internal_networks or read_token():
        return []
    return [
        CheckWarning(
            "Nobody may read /metrics: there is no metrics_token and no internal_networks, so Prometheus is refused"
            " and no alert can come.",
            hint="Set TENFOLD_METRICS_TOKEN in the environment (and `authorization` in Prometheus), or name its"
            " network in TENFOLD_OBSERVABILITY['internal_networks'].",
            id="tenfold.W414",
        )
    ]


def register_checks() -> None:
    """Once, when the application is ready."""
    for check in (check_values, check_metrics):
        register(check, TAG)
    for check in (check_middleware, check_readers):
        register(check, TAG, deploy=True)
