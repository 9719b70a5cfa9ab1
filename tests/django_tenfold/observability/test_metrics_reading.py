from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from prometheus_client import REGISTRY

import django_tenfold.observability.metrics_caches
import django_tenfold.observability.metrics_pools
import django_tenfold.tasks
from django_tenfold.observability import metrics_reading
from django_tenfold.observability.database_state import ConnectionUse, DatabaseState
from django_tenfold.observability.live_page.snapshot import _ADDS
from django_tenfold.observability.metrics import request_metrics
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    import pytest

DOCS = Path(__file__).parents[3] / "docs"
PAGES = (DOCS / "blocks/observability-metrics.md", DOCS / "how-to/alert-on-metrics.md")
TASKS = Path(django_tenfold.tasks.__file__).parent / "metrics.py"


def list_names(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every metric of the two blocks, as Prometheus knows its samples."""
    request_metrics(options())
    answers = [
        {"replica": DatabaseState("postgresql", lag=0.5)},
        {"replica": ConnectionUse((("idle", 3),), most=100)},
    ]
    monkeypatch.setattr(metrics_reading, "read_all", lambda *_: answers.pop(0))
    monkeypatch.setattr(metrics_reading, "list_servers", list)
    monkeypatch.setattr(metrics_reading, "list_processes", lambda folder: {1})
    monkeypatch.setattr(metrics_reading, "current_folder", lambda: Path("/"))
    live = {sample.name for metric in metrics_reading.read_live() for sample in metric.samples}
    tasks = re.findall(r"\"(tenfold_\w+)\"", TASKS.read_text())
    bases = {*REGISTRY._names_to_collectors, *live, *tasks}
    return {base + suffix for base in bases for suffix in ("", "_total", "_bucket", "_sum", "_count")}


def test_every_metric_that_the_pages_and_the_staff_page_name_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = list_names(monkeypatch)
    named = {name for page in PAGES for name in re.findall(r"\btenfold_[a-z_]+[a-z]\b", page.read_text())}
    assert len(named) > 15
    assert {*named, *_ADDS} - known == set()


def test_the_alert_rules_are_complete() -> None:
    (text,) = re.findall(r"```yaml\n(groups:|# rules.yml\n.*?)```", PAGES[1].read_text(), re.DOTALL)
    rules = yaml.safe_load(text)["groups"][0]["rules"]
    assert len(rules) > 10
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "action"}
