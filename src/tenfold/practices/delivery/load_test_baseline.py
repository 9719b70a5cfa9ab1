"""Load is tested at intervals against a recorded baseline.

Without a baseline nobody can tell whether a release made the site slower until the site is slow, nor how many
visitors it carries before an evening when they come.
Holds when the repository holds a load test: locust, k6, Gatling, JMeter, Artillery, Vegeta, wrk, drill, or
`tenfold load`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Load is tested",
    broken="Load is never tested",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP46",),
    links=("https://docs.locust.io/", "https://grafana.com/docs/k6/latest/"),
)

_FILES = re.compile(
    r"(?:^|/)(?:locust(?:file)?[^/]*\.py|[^/]*\.jmx|[^/]*k6[^/]*\.(?:js|ts)|artillery[^/]*\.ya?ml|[^/]*simulation\.scala"
    r"|load[-_]?tests?(?:/.*|\.\w+)|(?:performance|perf)[-_]tests?(?:/.*|\.\w+)|vegeta[^/]*)$",
    re.IGNORECASE,
)
_PACKAGES = ("locust", "locustio", "molotov", "pytest-locust", "locust-plugins")


def check(project: Project) -> Iterator[Judgement]:
    if any(name in project.dependencies for name in _PACKAGES):
        return
    if any(_FILES.search(file.path) for file in project.files.all):
        return
    yield practice.finding(
        Location("."),
        "The repository holds no load test: how much the site carries, and whether a release made it slower, is"
        " not known.",
        remedy="Write a scenario of the five busiest pages (a locustfile.py is enough), record its figures, and"
        " compare before each release.",
        symbol="load test",
    )


EXAMPLES = (
    Breaks({"shop/models.py": ""}, at="."),
    Holds({"locustfile.py": "from locust import HttpUser\n"}),
    LooksAlike(
        {"tests/load_tests/browse.js": "export default function () {}\n"}, because="a k6 script is one too"
    ),
)
