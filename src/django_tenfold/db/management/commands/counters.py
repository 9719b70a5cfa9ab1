"""Fold, verify and repair the counters that the database keeps."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.module_loading import import_string

from django_tenfold.db.counters.columns import group_counters, mend_columns
from django_tenfold.db.counters.declaring import is_kept
from django_tenfold.db.counters.upkeep import (
    install_counter,
    repair_counter,
    roll_up_together,
    verify_counter,
)
from django_tenfold.db.settings import options

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from django_tenfold.db.counters.declaring import Counter

SHOWN = 20
"""Keys that are shown of a counter that is wrong in more; --json has them all."""


class Command(BaseCommand):
    help = "Fold (roll-up), verify, repair or install the counters named in TENFOLD_DB['counters']."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=("roll-up", "verify", "repair", "install"))
        parser.add_argument("names", nargs="*", help="only these counters")
        parser.add_argument("--database", default="default", help="alias of the database")
        parser.add_argument("--json", action="store_true", help="one JSON object a counter")

    def handle(self, *, act: str, names: list[str], database: str, json: bool, **_: Any) -> None:
        chosen = tuple(_chosen(names))
        if not is_kept(database) and not (act == "roll-up" and any(one.column for one in chosen)):
            raise CommandError(
                f"{database} is no PostgreSQL: nothing is kept there, and a read counts the rows."
            )
        if not chosen:
            self.stderr.write(f"TENFOLD_DB['counters'] names no counter: nothing to {act}.")
        wrong = 0
        for group in group_counters(chosen):
            if act == "roll-up":
                self._roll_up(group, database, as_json=json)
                continue
            wrong += sum(self._carry_out(act, counter, database, as_json=json) for counter in group)
            if act == "repair":
                self._repair_columns(group, database)
        if act == "verify" and wrong:
            raise CommandError(f"{wrong} numbers are wrong; `manage.py counters repair` mends them.")

    def _roll_up(self, group: tuple[Counter, ...], database: str, *, as_json: bool) -> None:
        done = roll_up_together(group, using=database)
        name = ", ".join(one.name for one in group)
        told = "differences folded" if is_kept(database) else "rows brought up to date"
        self._tell({"counter": name, "act": "roll-up", "number": done}, f"{name}: {done:,} {told}", as_json)

    def _repair_columns(self, group: tuple[Counter, ...], database: str) -> None:
        """After the numbers that they follow."""
        if group[0].column:
            with transaction.atomic(using=database):
                roll_up_together(group, using=database)
                mend_columns(group, using=database)

    def _carry_out(self, act: str, counter: Counter, database: str, *, as_json: bool) -> int:
        """How many numbers were wrong."""
        if act == "install":
            done = install_counter(counter, using=database)
            self._tell(
                {"counter": counter.name, "act": act, "number": done},
                f"{counter.name}: {done:,} keys filled",
                as_json,
            )
            return 0
        drifts = (verify_counter if act == "verify" else repair_counter)(counter, using=database)
        lines = [f"{counter.name}: {len(drifts):,} numbers {'wrong' if act == 'verify' else 'mended'}"]
        lines += [
            f"  {one.column}{' of ' if one.column else ''}{one.key or '(all)'}: {one.kept:,}, and there are"
            f" {one.counted:,}"
            for one in drifts[:SHOWN]
        ]
        found = {"counter": counter.name, "act": act, "drifts": [asdict(one) for one in drifts]}
        self._tell(found, "\n".join(lines), as_json)
        return len(drifts)

    def _tell(self, found: dict[str, Any], text: str, as_json: bool) -> None:
        self.stdout.write(json.dumps(found) if as_json else text)


def _chosen(names: list[str]) -> Iterator[Counter]:
    """The counters of the settings, or those of the names."""
    known: dict[str, Counter] = {}
    for path in options().counters:
        counter = import_string(path)
        known[counter.name] = counter
    if unknown := [name for name in names if name not in known]:
        raise CommandError(
            f"No counter is named {', '.join(unknown)}. Known, from TENFOLD_DB['counters']:"
            f" {', '.join(known) or 'none'}."
        )
    yield from (known[name] for name in names or known)
