"""`manage.py seed --rows 10000000`: realistic rows in minutes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django_tenfold.cache.purging import purge_everything

from reviews.models import Review
from seeding import by_copy, by_orm
from seeding.room import FullError
from seeding.searching import index_rows
from seeding.shape import Shape
from seeding.tables import find_starts, list_tables

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from seeding.tables import Table

MOST_BY_ORM = 100_000
"""Reviews on an engine without COPY: more take longer than anybody waits."""
MOST_ROWS = 1_000_000_000


class Command(BaseCommand):
    help = (
        "Fills the database with realistic products, people, reviews, votes and orders: all of it or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rows", type=int, required=True, help="reviews; everything else is in proportion"
        )
        parser.add_argument(
            "--seed", type=int, default=1, help="another number makes other rows (default: 1)"
        )
        parser.add_argument("--plan", action="store_true", help="print what would be made, write nothing")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--add", action="store_true", help="keep the reviews that are there")
        how.add_argument(
            "--fresh",
            action="store_true",
            help="first remove all categories, products, reviews, votes, orders",
        )

    def handle(self, *, rows: int, seed: int, plan: bool, add: bool, fresh: bool, **_: Any) -> None:
        if not 1 <= rows <= MOST_ROWS:
            raise CommandError(f"--rows is from 1 to {MOST_ROWS:,}, not {rows:,}.")
        if seed < 0:
            raise CommandError("--seed is 0 or more.")
        copies = connection.vendor == "postgresql"
        if not copies and rows > MOST_BY_ORM:
            raise CommandError(
                f"{connection.vendor} has no COPY: up to {MOST_BY_ORM:,} rows, not {rows:,}. Use PostgreSQL for more."
            )
        shape = Shape(rows, seed)
        tables = list_tables(shape, find_starts(add=add))
        if plan:
            self.show_plan(tables, copies=copies)
            return
        begun = time.monotonic()

        try:
            (by_copy if copies else by_orm).fill(tables, add=add, fresh=fresh, say=self.stdout.write)
        except FullError as problem:
            raise CommandError(str(problem)) from problem
        seconds = time.monotonic() - begun
        index_rows(Review.objects.count(), self.stdout.write)
        purge_everything()  # the cache sees no COPY
        self.stdout.write(
            self.style.SUCCESS(f"{rows:,} reviews in {seconds:.1f} s: {rows / seconds:,.0f} rows/s")
        )

    def show_plan(self, tables: list[Table], *, copies: bool) -> None:
        way = "COPY, indexes rebuilt afterwards" if copies else "INSERT, a thousand rows a statement"
        self.stdout.write(f"Into {connection.settings_dict['NAME']} ({connection.vendor}) by {way}:")
        for table in tables:
            self.stdout.write(f"  {table.rows:>12,}  {table.name}")
