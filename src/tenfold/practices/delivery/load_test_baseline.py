"""Load is tested at intervals against a recorded baseline.

Without a baseline nobody can tell whether a release made the site slower until the site is slow, nor how many
visitors it carries before an evening when they come.
Holds when the repository holds a load test (locust, k6, Gatling, JMeter, Artillery, Vegeta, wrk, drill,
`tenfold load`, a stress test of its own), or its CI prepares one. A test that is kept elsewhere is not seen.
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
    r"|load[-_]?tests?(?:/.*|\.\w+)|(?:performance|perf)[-_]tests?(?:/.*|\.\w+)|vegeta[^/]*"
    r"|(?:load|stress)[-_]?test(?:s|ing)?\.(?:py|sh|js|ts)|(?:publish|run)?[-_]?load[-_]?test[\w-]*\.ya?ml)$",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"\b(?:locust|k6 (?:run|cloud)|gatling|jmeter|artillery|vegeta|tenfold load|load[-_ ]?tests?)\b"
)
_PACKAGES = ("locust", "locustio", "molotov", "pytest-locust", "locust-plugins")


def check(project: Project) -> Iterator[Judgement]:
    if any(name in project.dependencies for name in _PACKAGES):
        return
    if any(_FILES.search(file.path) for file in project.files.all):
        return
    steps = [step for pipeline in project.repository.pipelines for step in pipeline.steps]
    if any(_STEP.search(text) for step in steps for text in (step.run, step.uses, step.job)):
        return
    yield practice.finding(
        Location("."),
        f"The repository of {project.name} holds no load test: how many visitors the site carries, and whether a"
        " release made it slower, shows only in production.",
        remedy="Write a scenario of the five busiest pages (a locustfile.py is enough), record its figures, and"
        " compare before each release.",
        symbol="load test",
    )


EXAMPLES = (
    Breaks({"shop/models.py": ""}, at="."),
    Holds({"locustfile.py": "from locust import HttpUser\n"}),
    LooksAlike(
        {
            ".github/workflows/nightly.yml": """
                on: push
                jobs:
                  measure:
                    steps:
                      - run: k6 run scenario.js
            """
        },
        because="CI runs the load test",
    ),
    LooksAlike(
        {"tests/load_tests/browse.js": "export default function () {}\n"}, because="a k6 script is one too"
    ),
)
