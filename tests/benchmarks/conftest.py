"""The benchmarks are scripts: they import from their own folder."""

from __future__ import annotations

import sys

import pytest

from tests.rules.repository import ROOT


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys, "path", [str(ROOT / "benchmarks"), str(ROOT / "benchmarks" / "accuracy"), *sys.path]
    )
