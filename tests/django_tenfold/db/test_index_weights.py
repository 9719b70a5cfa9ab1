from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_tenfold.db.index_weights import CannotWeighError, IndexWeight, weigh_index
from django_tenfold.db.management.commands import weigh_index as command
from tests.django_site.shop.models import Review


def test_another_database_than_postgres_is_refused_with_its_name(sqlite_database: None) -> None:
    with pytest.raises(CannotWeighError, match=r"default is sqlite: only PostgreSQL's planner"):
        weigh_index(Review.objects.all(), ["rating"])
    with pytest.raises(CommandError, match=r"only PostgreSQL's planner"):
        call_command("weigh_index", "shop.Review", "rating")


def test_the_gain_is_told_as_a_multiple_of_the_cost() -> None:
    weight = IndexWeight(
        "hypopg", used=True, cost_before=100.0, cost_after=4.0, size_bytes=1, ddl="", operation=""
    )
    assert weight.times == 25.0


@pytest.mark.parametrize("order", [["--order=-written"], ["--order", "-written,-id"], []])
def test_an_index_may_begin_with_a_column_that_runs_down(
    sqlite_database: None, monkeypatch: pytest.MonkeyPatch, order: list[str]
) -> None:
    asked: list[object] = []

    def weigh(rows: Any, fields: list[str], **named: object) -> IndexWeight:
        asked.append((rows.query.order_by, fields))
        return IndexWeight(
            "hypopg", used=True, cost_before=2, cost_after=1, size_bytes=1, ddl="", operation=""
        )

    monkeypatch.setattr(command, "weigh_index", weigh)
    command.Command(stdout=StringIO()).run_from_argv(
        ["manage.py", "weigh_index", "shop.Review", "-written,rating", *order, "-v0"]
    )
    expected = tuple(order[-1].removeprefix("--order=").split(",")) if order else ()
    assert asked == [(expected, ["-written", "rating"])]
