"""Verify, repair or install the columns that the database derives."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from django_tenfold.db.counters.declaring import is_kept
from django_tenfold.db.declared import list_derived_fields
from django_tenfold.db.derived.upkeep import find_field_faults, install_field, repair_field, verify_field

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django_tenfold.db.derived.fields import DerivedField


class Command(BaseCommand):
    help = "Verify, repair or install the derived fields named in TENFOLD_DB['derived_fields']."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=("verify", "repair", "install"))
        parser.add_argument("fields", nargs="*", help="only these, as app.Model.field")
        parser.add_argument("--database", default="default", help="alias of the database")
        parser.add_argument("--json", action="store_true", help="one JSON object a field")

    def handle(self, *, act: str, fields: list[str], database: str, json: bool, **_: Any) -> None:
        if not is_kept(database):
            raise CommandError(f"{database} is no PostgreSQL: no derived field is kept there.")
        work = {"verify": self._verify, "repair": self._repair, "install": self._install}[act]
        try:
            chosen = tuple(_chosen(fields))
            wrong = sum(work(derived, database, as_json=json) for derived in chosen)
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        if not chosen:
            self.stderr.write(f"TENFOLD_DB['derived_fields'] names no field: nothing to {act}.")
        if act == "verify" and wrong:
            raise CommandError(
                f"{wrong:,} wrong: `manage.py derived_fields repair` mends rows, `install` puts triggers in place."
            )

    def _verify(self, derived: DerivedField, database: str, *, as_json: bool) -> int:
        """How many rows and triggers are wrong."""
        verdict, faults = (
            verify_field(derived, using=database),
            find_field_faults(derived, using=database),
        )
        lines = [f"{derived}: {verdict.wrong:,} rows wrong", *(f"  {fault}" for fault in faults)]
        lines += [f"  {row.key}: {row.held!r}, and it must be {row.derived!r}" for row in verdict.shown]
        self._tell({"act": "verify", **asdict(verdict), "triggers": faults}, "\n".join(lines), as_json)
        return verdict.wrong + len(faults)

    def _repair(self, derived: DerivedField, database: str, *, as_json: bool) -> int:
        mended = repair_field(derived, using=database)
        self._tell(
            {"act": "repair", "field": str(derived), "mended": mended},
            f"{derived}: {mended:,} rows mended",
            as_json,
        )
        return 0

    def _install(self, derived: DerivedField, database: str, *, as_json: bool) -> int:
        filled = install_field(derived, using=database)
        self._tell(
            {"act": "install", "field": str(derived), "mended": filled},
            f"{derived}: triggers in place, {filled:,} rows filled",
            as_json,
        )
        return 0

    def _tell(self, found: dict[str, Any], text: str, as_json: bool) -> None:
        self.stdout.write(json.dumps(found, default=str) if as_json else text)


def _chosen(fields: list[str]) -> list[DerivedField]:
    """The fields of the settings, or those that are named."""
    known = {str(derived): derived for derived in list_derived_fields()}
    if unknown := [name for name in fields if name not in known]:
        raise CommandError(
            f"No derived field is {', '.join(unknown)}. Known, from TENFOLD_DB['derived_fields']:"
            f" {', '.join(known) or 'none'}."
        )
    return [known[name] for name in fields or known]
