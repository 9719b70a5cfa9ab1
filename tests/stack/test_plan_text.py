from __future__ import annotations

import json

import pytest

from tenfold.stack.plan import Change, StackPlan
from tenfold.stack.plan_text import describe_plan, plan_data
from tenfold.stack.service import Answers, Binary, Command, Ends, Service

PLAN = StackPlan(
    name="shop",
    root="/srv/shop",
    folder="/srv/shop/.tenfold",
    url="https://localhost:8443/",
    services=(
        Service(
            "postgres",
            "postgres",
            "PostgreSQL 18.6, primary",
            Command(("/opt/postgres", "-D", "data"), {"PGPASSWORD": "hidden"}),
            Answers(port=20_432),
            address="127.0.0.1:20432",
            binary=Binary("postgres", "/opt/postgres", "wheel", "18.6"),
        ),
        Service("migrate", "project", "migrations", Command(("python",)), Ends(), needs=("postgres",)),
    ),
    environment={"SECRET_KEY": "hidden"},
    changes=(Change("DATABASES['default']", "PostgreSQL app", "the project's own is SQLite"),),
    numbers=(("app.workers", "2 processes", "2 cores: one worker for each " + "and a reason " * 12),),
    notes=("pgbouncer was not found; in its place: Django's own pool",),
)


def test_the_text_tells_services_changes_numbers_and_stand_ins() -> None:
    text = "\n".join(describe_plan(PLAN))
    for part in (
        "https://localhost:8443/",
        "127.0.0.1:20432",
        "runs once",
        "DATABASES['default']",
        "2 processes",
    ):
        assert part in text
    assert "Django's own pool" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, describe_plan(PLAN, width=width))) <= width


def test_neither_text_nor_data_shows_what_is_in_the_environment() -> None:
    assert "hidden" not in "\n".join(describe_plan(PLAN))
    data = json.dumps(plan_data(PLAN))
    assert "hidden" not in data
    assert "PGPASSWORD" in data


def test_the_data_holds_every_number_with_its_reason() -> None:
    number = plan_data(PLAN)["numbers"]["app.workers"]
    assert number["value"] == "2 processes"
    assert number["reason"].startswith("2 cores")
