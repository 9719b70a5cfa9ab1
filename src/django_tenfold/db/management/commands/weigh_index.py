"""Ask the planner whether an index would help a query."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.core.management.base import BaseCommand, CommandError

from django_tenfold.db.index_weights import MOST_ROWS, CannotWeighError, weigh_index

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.db.models import QuerySet

    from django_tenfold.db.index_weights import IndexWeight

DESCENDING = re.compile(r"-(?!v\d$)[^\W\d]\w")
"""Two letters behind one minus; Django's own short options are -h and -v, and -v2 is one."""
MANY = ("in", "range")
TRUTHS = {"true": True, "1": True, "false": False, "0": False}


class Command(BaseCommand):
    help = "Tell whether an index would help a query, what it would weigh, and the migration to write."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="app.Model")
        parser.add_argument("fields", help="of the index: field,-field")
        parser.add_argument(
            "--where",
            action="append",
            default=[],
            metavar="LOOKUP=VALUE",
            help="a condition of the query, as filter() takes it; may be repeated",
        )
        parser.add_argument("--order", default="", metavar="FIELD,-FIELD", help="the order of the query")
        parser.add_argument("--limit", type=int, help="rows that the query takes")
        parser.add_argument("--build", action="store_true", help="without hypopg: build, ask, roll back")
        parser.add_argument(
            "--most-rows", type=int, default=MOST_ROWS, help="of a table that --build may index"
        )
        parser.add_argument("--database", default="default", help="alias of the database")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv([*argv[:2], *(_shield(one) for one in argv[2:])])

    def handle(self, *, model: str, fields: str, **chosen: Any) -> None:
        try:
            rows = _make_query(model, **chosen)
            weight = weigh_index(rows, _split(fields), build=chosen["build"], most_rows=chosen["most_rows"])
        except (
            CannotWeighError,
            LookupError,
            FieldError,
            FieldDoesNotExist,
            ValidationError,
            ValueError,
        ) as problem:
            raise CommandError(str(problem)) from problem
        told = json.dumps({**asdict(weight), "times": weight.times}) if chosen["json"] else _describe(weight)
        self.stdout.write(told)


def _shield(argument: str) -> str:
    """Names that begin with a minus, with a blank before them: argparse would take them for an option."""
    return f" {argument}" if DESCENDING.match(argument) else argument


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")]


def _make_query(
    model: str, *, where: list[str], order: str, limit: int | None, database: str, **_: object
) -> QuerySet[Any]:
    rows = apps.get_model(model)._base_manager.using(database)
    rows = rows.filter(**dict(_read_condition(condition) for condition in where))
    if order:
        rows = rows.order_by(*_split(order))
    return rows[:limit] if limit else rows


def _read_condition(condition: str) -> tuple[str, Any]:
    lookup, found, value = condition.partition("=")
    if not found:
        raise CommandError(
            f"--where {condition} has no value: write it as filter() takes it, --where rating__gte=4"
        )
    last = lookup.rpartition("__")[2]
    if last in MANY:
        return lookup, value.split(",")
    return lookup, TRUTHS.get(value.lower(), value) if last == "isnull" else value


def _describe(weight: IndexWeight) -> str:
    verdict = "the planner takes it" if weight.used else "the planner does not take it"
    how = (
        "imagined by hypopg, nothing was built"
        if weight.method == "hypopg"
        else "built in a transaction, rolled back"
    )
    return (
        f"{verdict}: cost {weight.cost_before:,.1f} without, {weight.cost_after:,.1f} with it"
        f" ({weight.times:,.1f} times less), {weight.size_bytes / 2**20:,.1f} MiB\n({how})\n\n{weight.ddl}\n\n"
        f"# in a migration with atomic = False; from django.contrib.postgres.operations import AddIndexConcurrently\n"
        f"{weight.operation}"
    )
