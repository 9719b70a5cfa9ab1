"""Periodic tasks, declared beside the task."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.schedules import crontab

from django_tenfold.tasks import periodic as module
from django_tenfold.tasks.periodic import build_schedule, duplicate_names, periodic
from tests.django_tenfold.tasks.shop import add


@pytest.fixture(autouse=True)
def _nothing_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_declared", [])


def test_a_declaration_is_an_entry_of_the_schedule() -> None:
    assert periodic(every=60, args=(1, 2), queue="slow")(add) is add
    assert build_schedule() == {
        "shop.add": {
            "task": "shop.add",
            "schedule": timedelta(minutes=1),
            "args": (1, 2),
            "kwargs": {},
            "options": {"queue": "slow"},
        }
    }


def test_a_task_may_be_declared_twice_under_two_names() -> None:
    periodic(crontab(hour=3), name="nightly")(add)
    periodic(crontab(hour=12), name="noon")(add)
    assert sorted(build_schedule()) == ["nightly", "noon"]
    assert duplicate_names() == []


def test_two_declarations_of_one_name_are_found() -> None:
    periodic(every=60)(add)
    periodic(every=90)(add)
    assert duplicate_names() == ["shop.add"]


def test_a_schedule_is_needed_and_only_one() -> None:
    with pytest.raises(TypeError, match="one of the two"):
        periodic()
    with pytest.raises(TypeError, match="one of the two"):
        periodic(crontab(), every=60)
    with pytest.raises(ValueError, match="more than 0"):
        periodic(every=0)


def test_a_plain_function_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError, match="no Celery task"):
        periodic(every=60)(print)
