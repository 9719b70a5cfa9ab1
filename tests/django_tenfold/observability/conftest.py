from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.test import RequestFactory

from django_tenfold.observability.explain import turns

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def rf() -> RequestFactory:
    return RequestFactory()


class Kept(logging.Handler):
    """What a logger was given."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def _keep(name: str) -> Iterator[list[Any]]:
    logger, kept = logging.getLogger(name), Kept()
    before = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.INFO)
    yield kept.records
    logger.setLevel(before)
    logger.removeHandler(kept)


@pytest.fixture
def access_lines() -> Iterator[list[Any]]:
    yield from _keep("tenfold.access")


@pytest.fixture
def slow_queries() -> Iterator[list[Any]]:
    turns.forget()
    yield from _keep("tenfold.slow_queries")
