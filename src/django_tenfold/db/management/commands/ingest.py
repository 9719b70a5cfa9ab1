"""Load a file into a model; what is broken is told and left out."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from django_tenfold.db.ingest.loading import IngestError, TooManyRejects, ingest, plan_ingest

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping, Sequence

    from django_tenfold.db.ingest.loading import Result

SHOWN = 10
"""Rejects that are shown; --rejects has them all."""


class Command(BaseCommand):
    help = (
        "Load CSV or JSON lines (gzip too) into a model; a load that was cut goes on when it is called again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="app.Model")
        parser.add_argument("file", help="a path, or - for standard input")
        parser.add_argument(
            "--format", default="", choices=("", "csv", "jsonl"), help="by the name if left out"
        )
        parser.add_argument(
            "--columns",
            default="",
            help="a,b,c: names of a file that has no header; or old=new,unused= to rename",
        )
        parser.add_argument("--on-conflict", default="error", choices=("error", "ignore", "update"))
        parser.add_argument("--unique", default="", help="fields by which a row is known: a,b")
        parser.add_argument("--update", default="", help="fields that --on-conflict update changes")
        parser.add_argument("--choices", action="store_true", help="reject what is no choice of its field")
        parser.add_argument("--encoding", default="utf-8")
        parser.add_argument("--delimiter", default="", help="between cells; a comma if left out")
        parser.add_argument(
            "--rejects", metavar="FILE", help="rejected rows and their reasons, as JSON lines"
        )
        parser.add_argument("--max-rejects", metavar="N", help='more stop the load; "any" for any number')
        parser.add_argument("--batch-rows", type=int, help="rows of a transaction")
        parser.add_argument(
            "--share", type=float, default=1.0, help="part of the time that batches may be at work"
        )
        parser.add_argument("--key", default="", help="of the checkpoint; model and file name if left out")
        parser.add_argument("--restart", action="store_true", help="from the beginning, whatever is loaded")
        parser.add_argument("--no-checkpoint", action="store_true")
        parser.add_argument("--database", default="", help="alias of the database")
        parser.add_argument("--plan", action="store_true", help="tell what would be done, and do nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object at the end")

    def handle(self, *, model: str, file: str, **given: Any) -> None:
        source: Any = sys.stdin.buffer if file == "-" else file
        as_json = given["json"]
        try:
            loaded = apps.get_model(model)
            asked = _read_options(given)
            if given["plan"]:
                plan = plan_ingest(loaded, source, **asked)
                self.stdout.write(json.dumps(asdict(plan)) if as_json else str(plan))
                return
            result = ingest(loaded, source, progress=self._progress(), **asked)
        except TooManyRejects as problem:
            self.stderr.write("\n".join(str(one) for one in problem.rejects[:SHOWN]))
            raise CommandError(str(problem)) from problem
        except (IngestError, LookupError, ValueError) as problem:
            raise CommandError(str(problem)) from problem
        self._tell(result, as_json=as_json)

    def _progress(self) -> Any:
        """On a terminal a line that is written over; elsewhere none."""
        if not self.stderr.isatty():
            return None

        def show(result: Result) -> None:
            self.stderr.write(f"\r{result}", ending="")
            self.stderr.flush()

        return show

    def _tell(self, result: Result, *, as_json: bool) -> None:
        if self.stderr.isatty():
            self.stderr.write("")
        if as_json:
            self.stdout.write(json.dumps(asdict(result)))
            return
        if result.finished_before:
            self.stdout.write("Loaded whole before: nothing was done. --restart loads it again.")
        if result.resumed and not result.finished_before:
            self.stdout.write(f"Went on behind the {result.resumed:,} rows of an earlier load.")
        self.stdout.write(str(result))
        for one in result.rejects[:SHOWN]:
            self.stdout.write(f"  {one}")
        if result.rejected > SHOWN and not result.finished_before:
            self.stdout.write("  ... --rejects FILE has all of them")


def _read_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """As `ingest` names them."""
    asked = {
        "kind": given["format"],
        "columns": _read_columns(given["columns"]),
        "on_conflict": given["on_conflict"],
        "unique_fields": _split(given["unique"]),
        "update_fields": _split(given["update"]),
        "delimiter": given["delimiter"].replace("\\t", "\t"),
        "checkpoint": not given["no_checkpoint"],
        "using": given["database"],
    }
    same = ("choices", "encoding", "rejects", "key", "restart", "batch_rows", "share")
    asked |= {name: given[name] for name in same}
    if given["max_rejects"] is not None:
        asked["max_rejects"] = _read_limit(given["max_rejects"])
    return asked


def _read_limit(text: str) -> int | None:
    if text == "any":
        return None
    if not text.isdecimal():
        raise ValueError(f'--max-rejects is a number of rows, or "any", not {text!r}.')
    return int(text)


def _split(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _read_columns(text: str) -> Sequence[str] | Mapping[str, str | None] | None:
    """Names, or renamings when there is an equals sign."""
    named = _split(text)
    if "=" not in text:
        return named or None
    return {old: new or None for old, _, new in (one.partition("=") for one in named)}
