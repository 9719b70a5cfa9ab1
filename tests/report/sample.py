"""A report made by hand that holds everything a report can hold, and an empty one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tenfold.audit.result import (
    Outcome,
    Report,
    Reported,
    Score,
    TopicScore,
    UnusedSuppression,
    Verdict,
)
from tenfold.practice import Confidence, Evidence, Finding, Impact, Practice, Safety
from tenfold.project.model import Location, Problem

HOSTILE = "<script>alert('x')</script> & \"quoted\" | `tick` *star* @someone #12 %0A ::error::"
"""Text that means something in every format."""
CONTROL = "\x1b[31mred\x1b[0m\x07 \u202egnp.exe \udc80 \x00"
"""What a terminal, XML or UTF-8 would choke on."""
WINDOWS_1252 = "Größe – “Übersicht” €"
LONG = "x" * 5_000

_WHY_DEBUG = """
With DEBUG on, Django keeps every SQL query of the process in memory (connection.queries), so a worker
grows until it is killed, and every error page shows settings and local variables to the visitor.

Holds when the production settings give DEBUG the value False.
https://docs.djangoproject.com/en/stable/ref/settings/#debug
"""
_WHY_CONNECTIONS = """
Without persistent connections each request opens a connection to PostgreSQL: 2 to 10 ms of handshake
per request, and at 500 requests per second 500 backend processes started per second.

Holds when CONN_MAX_AGE is above zero, or a pool is configured.
https://docs.djangoproject.com/en/stable/ref/databases/#persistent-connections
"""


def make_practice(topic: str, name: str, broken: str, **values: Any) -> Practice:
    options: dict[str, Any] = {"impact": Impact.MEDIUM, "held": f"{broken} (held)", **values}
    return Practice(f"tenfold.practices.{topic}.{name}", broken=broken, **options)


DEBUG_OFF = make_practice(
    "settings",
    "debug_off",
    "DEBUG is on in production",
    held="DEBUG is off in production",
    impact=Impact.CRITICAL,
    fix=Safety.SAFE,
    sources=("PT7", "BP72", "FB3"),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/#debug",),
)
CONNECTIONS = make_practice(
    "database",
    "persistent_connections",
    "Each request opens a new database connection",
    held="Database connections outlive a request",
    impact=Impact.HIGH,
    fix=Safety.UNSAFE,
)
NAMED_URLS = make_practice(
    "http",
    "named_urls",
    "URLs are written by hand in views",
    held="URLs are reversed by name",
    impact=Impact.LOW,
)
TIMEOUT = make_practice(
    "serving",
    "worker_timeout",
    "The worker's timeout is longer than the edge's",
    held="Timeouts grow from the database to the edge",
    impact=Impact.HIGH,
)
PRINTS = make_practice(
    "observability",
    "no_print",
    "print() is used as the log",
    held="Nothing is printed",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
)
SHARED_CACHE = make_practice("cache", "shared_cache", "The cache is per process", impact=Impact.HIGH)
CDN = make_practice("assets", "cdn", "Assets come from the application server")
ROLLING = make_practice("delivery", "two_schedulers", "Two schedulers run", impact=Impact.HIGH)
HOSTS = make_practice(
    "settings", "allowed_hosts", "Any host is answered", held="ALLOWED_HOSTS names real hosts"
)
CHECKS = make_practice("security", "deploy_check", "check --deploy complains", impact=Impact.CRITICAL)


def _debug_verdict() -> Verdict:
    finding = DEBUG_OFF.finding(
        Location("shop/settings/production.py", 12),
        "DEBUG is read from the environment and is True when DJANGO_DEBUG is not set.",
        remedy='DEBUG = env.bool("DJANGO_DEBUG", default=False)',
        symbol="DEBUG",
        proof="production value depends on DJANGO_DEBUG, default True",
        evidence=Evidence.PROVEN,
        related=(Location("shop/settings/base.py", 4), Location("Procfile")),
    )
    reported = Reported(
        finding,
        "d1e2b3",
        frozenset({"request", "task"}),
        snippet=(
            (10, "from .base import *"),
            (11, ""),
            (12, 'DEBUG = env.bool("DJANGO_DEBUG", default=True)  # TODO'),
            (13, 'SECRET_KEY = "•••"'),
        ),
    )
    return Verdict(DEBUG_OFF, "DEBUG is off in production.", _WHY_DEBUG, Outcome.BROKEN, (reported,))


def _connection_verdict() -> Verdict:
    finding = CONNECTIONS.finding(
        Location("shop/settings/base.py", 88),
        "DATABASES['default'] has no CONN_MAX_AGE and no pool: each request connects anew.",
        remedy='Keep connections for a minute:\n\nDATABASES["default"]["CONN_MAX_AGE"] = 60\n'
        'DATABASES["default"]["CONN_HEALTH_CHECKS"] = True',
        symbol="DATABASES.default.CONN_MAX_AGE",
        proof="CONN_MAX_AGE is 0, Django's default",
    )
    shown = Reported(
        finding,
        "c0ffee01",
        snippet=((87, "DATABASES = {"), (88, '    "default": env.db(),'), (89, "}")),
    )
    known = Reported(
        replace(finding, where=Location("shop/settings/base.py", 95)), "c0ffee02", in_baseline=True
    )
    return Verdict(
        CONNECTIONS,
        "Connections to the database persist across requests.",
        _WHY_CONNECTIONS,
        Outcome.BROKEN,
        (shown, known),
    )


def _odd_verdict() -> Verdict:
    """Odd characters in every field that can hold them."""
    finding = NAMED_URLS.finding(
        Location("shop/vues/été 100%/a,b:c.py", 0),
        f"{HOSTILE} {CONTROL} {WINDOWS_1252}",
        remedy=f'path("{LONG}")\n```\n{HOSTILE}',
        proof=f"{CONTROL} {LONG}",
        symbol="vues.<lambda>",
    )
    allowed = replace(finding, where=Location("shop/legacy.py", 3), message="An old page")
    before = replace(finding, where=Location("shop/before.py", 9), message="An older page")
    return Verdict(
        NAMED_URLS,
        f"URLs have names; {WINDOWS_1252}.",
        f"A URL written by hand breaks when it moves. {HOSTILE}",
        Outcome.BROKEN,
        (
            Reported(finding, "0dd1", snippet=((1, f'{HOSTILE} "{WINDOWS_1252}"'), (2, LONG))),
            Reported(allowed, "0dd2", suppression="goes away in May -- promised"),
            Reported(before, "0dd3", new=False),
        ),
    )


def _many_verdict(places: int) -> Verdict:
    findings = tuple(
        Reported(
            PRINTS.finding(
                Location(f"shop/jobs/job_{number:03}.py", number + 7),
                f"print() in run_{number:03}()",
                remedy=f'logger.info("run {number:03}")',
                symbol=f"run_{number:03}",
            ),
            f"beef{number:04}",
            frozenset({"command"}),
        )
        for number in range(places)
    )
    return Verdict(PRINTS, "Nothing is printed.", "A print is lost.", Outcome.SUSPECTED, findings)


def _timeout_verdict() -> Verdict:
    finding = Finding(
        practice=TIMEOUT.id,
        where=Location("deploy/nginx.conf", 31),
        message="nginx gives up after 30 s, gunicorn works on for 120 s: retries pile up on busy workers.",
        remedy="proxy_read_timeout 130s;",
        impact=Impact.HIGH,
        confidence=Confidence.HIGH,
        evidence=Evidence.MEASURED,
        proof="proxy_read_timeout 30s; gunicorn --timeout 120",
        related=(Location("Procfile", 1),),
    )
    snippet = ((30, "location / {"), (31, "    proxy_read_timeout 30s;"), (32, "}"))
    reported = Reported(finding, "71me", frozenset({"request"}), snippet)
    return Verdict(TIMEOUT, "Timeouts form a ladder.", "Retries pile up.", Outcome.BROKEN, (reported,))


def _score() -> Score:
    rows = (
        ("settings", 49, 13, 3, 1, 1, 0, 0, 0, True),
        ("database", 0, 5, 0, 0, 1, 0, 0, 0, False),
        ("http", 0, 1, 0, 0, 1, 0, 0, 0, False),
        ("serving", 0, 5, 0, 0, 1, 0, 0, 0, False),
        ("cache", 0, 5, 0, 0, 0, 0, 1, 0, False),
        ("observability", None, 0, 0, 0, 0, 1, 0, 0, False),
        ("assets", None, 0, 0, 0, 0, 0, 0, 1, False),
        ("delivery", 100, 5, 5, 1, 0, 0, 0, 0, False),
    )
    return Score(35, tuple(TopicScore(*row) for row in rows))


def make_sample(*, places: int = 28) -> Report:
    """Several topics and severities; suppressed, baseline, old and preview findings; odd characters.

    `places`: how many findings the practice has that does not count.
    """
    verdicts = (
        _debug_verdict(),
        _connection_verdict(),
        _odd_verdict(),
        _many_verdict(places),
        _timeout_verdict(),
        Verdict(SHARED_CACHE, "The cache is shared.", "Two processes disagree.", Outcome.UNKNOWN,
                reasons=("CACHES is built by a function that Tenfold cannot follow",)),
        Verdict(CDN, "Assets come from a CDN.", "", Outcome.NOT_APPLICABLE, reasons=("no static files",)),
        Verdict(ROLLING, "One scheduler runs.", "Jobs run twice.", Outcome.HELD),
        Verdict(HOSTS, "ALLOWED_HOSTS names real hosts.", "", Outcome.HELD),
        Verdict(CHECKS, "check --deploy is silent.", "", Outcome.ERROR,
                reasons=("the check failed: KeyError: 'DATABASES'", "Traceback (most recent call last):")),
    )  # fmt: skip
    return Report(
        project="shop & <sons>",
        root="/srv/shop",
        tenfold="0.1.0",
        verdicts=verdicts,
        score=_score(),
        settings_module="shop.settings.production (Procfile:1)",
        django="5.2.8",
        python="3.12",
        files=214,
        lines=18_402,
        probed=False,
        probe_note="not asked: standard input is no terminal",
        problems=(
            Problem(Location("shop/broken.py", 4), "does not parse: invalid syntax", "correct the line"),
            Problem(Location("shop/huge.py"), f"is larger than 2 MB {HOSTILE}", "leave it out"),
        ),
        unused_suppressions=(UnusedSuppression(Location("shop/a.py", 5), "tenfold: allow[http/named-urls]"),),
        obsolete_baseline=("cache/shared-cache shop.settings CACHES",),
        hidden={"suppressed": 1, "baseline": 1, "before diff base": 1},
        seconds=1.2345,
        fail_on=Impact.HIGH,
    )


def make_empty() -> Report:
    """A project of which nothing can be said."""
    return Report("empty", "/srv/empty", "0.1.0", (), Score(None, ()))


def make_whole() -> Report:
    """One finding and one problem about the project as a whole."""
    practice = make_practice("delivery", "load_test", "No load test", impact=Impact.LOW)
    finding = practice.finding(
        Location("."), "No load test", remedy="Write one.", confidence=Confidence.MEDIUM
    )
    verdict = Verdict(practice, "", "", Outcome.SUSPECTED, (Reported(finding, "f00d", in_file=False),))
    problem = Problem(Location("."), "git did not answer", "Run git status.")
    return replace(make_empty(), verdicts=(verdict,), problems=(problem,), anchor="manage.py")
