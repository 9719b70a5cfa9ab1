"""Puts the figures of benchmarks/results into the table of README.md, so that the two never differ.

python tools/write_figures.py            writes the table between its marks
python tools/write_figures.py --check    exit code 1 when the README says something else
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BEGIN, END = "<!-- figures: tools/write_figures.py -->", "<!-- end of the figures -->"

Json = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """One row: what was measured, by which script, the target as people read it, and how to read the result."""

    what: str
    script: str
    target: str
    read: Callable[[Json], str]
    met: Callable[[Json], bool]


FIGURES = (
    Figure(
        "list of 20 rows, unchanged project on `tenfold up`, to stock gunicorn",
        "up_throughput",
        "4x the requests, 0.6x the CPU",
        lambda r: (
            f"{_of(r, 'list of 20 rows', 'rate_to_stock'):.1f}x, {_of(r, 'list of 20 rows', 'processor_to_stock'):.2f}x"
        ),
        lambda r: r["list of 20 rows"]["met"],
    ),
    Figure(
        "one query, the same",
        "up_throughput",
        "12x the requests",
        lambda r: f"{_of(r, 'one query', 'rate_to_stock'):.1f}x",
        lambda r: r["one query"]["met"],
    ),
    Figure(
        "first page after a first and a second `tenfold up`",
        "up_start",
        "10 s, 5 s",
        lambda r: f"{_of(r, 'medians', 'first'):.1f} s, {_of(r, 'medians', 'second'):.1f} s",
        lambda r: r["met"],
    ),
    Figure(
        "requests kept with 64 slow clients and a fifth malformed (stock: none)",
        "hostile_traffic",
        "95 %",
        lambda r: f"{_of(r, 'contenders', 'tenfold up', 'kept'):.0%}",
        lambda r: r["met"],
    ),
    Figure(
        "CPU of a signed-in request, to a bare one; statements",
        "authenticated_request",
        "4x, none",
        lambda r: (
            f"{_of(r, 'contenders', 'tenfold', 'to_bare'):.1f}x, none"
            f" (stock: {_of(r, 'contenders', 'db', 'to_bare'):.1f}x, 2)"
        ),
        lambda r: r["met"],
    ),
    Figure(
        "middleware of all blocks, a request",
        "middleware",
        "150 µs",
        lambda r: f"{_of(r, 'wsgi', 'all blocks', 'added_us'):.0f} µs",
        lambda r: r["wsgi"]["all blocks"]["added_us"] <= r["target_us"],
    ),
    Figure(
        "CPU of JSON lines to plain ones: application, access log",
        "json_logging",
        "1.3x",
        lambda r: f"{_of(r, 'application', 'ratio'):.2f}x, {_of(r, 'access', 'ratio'):.2f}x",
        lambda r: max(r["application"]["ratio"], r["access"]["ratio"]) <= r["access"]["target"],
    ),
    Figure(
        "a refused guess of a password, to a stock login",
        "login_flood",
        "",
        lambda r: f"{r['a refused guess, of a stock login']:.3f}x",
        lambda r: True,
    ),
    Figure(
        "time to send a task on commit, through the outbox, to plain Celery",
        "task_enqueue",
        "",
        lambda r: (
            f"{_of(r, 'contenders', 'on_commit', 'wall_to_celery'):.1f}x,"
            f" {_of(r, 'contenders', 'outbox', 'wall_to_celery'):.1f}x"
        ),
        lambda r: True,
    ),
    Figure(
        "10 million reviews with `manage.py seed`",
        "seed_rows",
        "300 s",
        lambda r: f"{r['seconds_for_10_million']:.0f} s",
        lambda r: r["met"],
    ),
    Figure(
        "rate of eight writers with a counter, to none: short transactions, held for 5 ms",
        "counter_writes",
        "0.85x",
        lambda r: (
            f"{_of(r, 'short', 'to_none', 'tenfold'):.2f}x, {_of(r, 'held', 'to_none', 'tenfold'):.2f}x"
            f" (`F() + 1`: {_of(r, 'short', 'to_none', 'row'):.2f}x, {_of(r, 'held', 'to_none', 'row'):.2f}x)"
        ),
        lambda r: r["met"],
    ),
    Figure(
        "rate of eight writers of 1,000 parents with a copied, a summed field, to none (`F() + 1` by hand)",
        "derived_writes",
        "",
        lambda r: (
            f"{_of(r, '8 writers', 'to_none', 'copied'):.2f}x, {_of(r, '8 writers', 'to_none', 'summed'):.2f}x"
            f" ({_of(r, '8 writers', 'to_none', 'by hand'):.2f}x)"
        ),
        lambda r: True,
    ),
    Figure(
        "rank, percentile and mean of 1 million rows in Python, to the database: CPU of values, of instances; MiB",
        "computed_figures",
        "",
        lambda r: (
            f"{_of(r, 'ratios', 'values_to_expressions', 'cpu_seconds'):.1f}x,"
            f" {_of(r, 'ratios', 'instances_to_expressions', 'cpu_seconds'):.0f}x;"
            f" {_of(r, 'figures', 'values', 'mib'):.0f}, {_of(r, 'figures', 'instances', 'mib'):.0f}"
            f" (database: {_of(r, 'figures', 'expressions', 'mib'):.0f})"
        ),
        lambda r: True,
    ),
    Figure(
        "CPU of 1,000 rows with two nested ones as JSON, to psycopg by hand; DRF with select_related to it",
        "serializers",
        "1.3x, 5x",
        lambda r: f"{_target(r, 0):.2f}x, {_target(r, 1):.1f}x",
        lambda r: r["targets"][0]["met"] and r["targets"][1]["met"],
    ),
    Figure(
        "CPU of 20 rows through Django's 7 middleware, to psycopg and orjson without Django",
        "serializers",
        "2.5x",
        lambda r: f"{_target(r, 4):.2f}x, {_target(r, 5):.2f}x as SQL",
        lambda r: r["targets"][4]["met"],
    ),
    Figure(
        "requests of an unmodified DRF view with N+1 through the drop-in, to without",
        "serializers",
        "20x",
        lambda r: f"{_ms(r, 'views', 'REST framework, N+1') / _ms(r, 'views', 'drop-in'):.0f}x",
        lambda r: _ms(r, "views", "REST framework, N+1") / _ms(r, "views", "drop-in") >= 20,
    ),
    Figure(
        "a public project (wger) on the drop-in, CPU of its three heaviest lists: times less",
        "adopt_drop_in",
        "",
        lambda r: ", ".join(
            f"{_of(r, 'lists', name, 'processor_times_less'):.1f}x" for name in r["heaviest"]
        ),
        lambda r: True,
    ),
    Figure(
        "CPU of 1,000 rows by django-ninja with select_related, to its compiled list",
        "ninja_lists",
        "5x",
        lambda r: f"{_target(r, 0):.1f}x",
        lambda r: r["targets"][0]["met"],
    ),
    Figure(
        "page 100,000 of 10 million rows, to page 1 (by OFFSET: to it)",
        "pages_and_counts",
        "2x",
        lambda r: (
            f"{_of(r, 'pages', 'id', 'far_to_first'):.1f}x ({_of(r, 'pages', 'id', 'offset_to_far'):.0f}x)"
        ),
        lambda r: r["met"]["pages"],
    ),
    Figure(
        "count of 10 million rows, estimated (exact)",
        "pages_and_counts",
        "5 ms",
        lambda r: f"{_of(r, 'counts', 'ms', 'estimate'):.1f} ms ({_of(r, 'counts', 'ms', 'exact'):.0f} ms)",
        lambda r: r["met"]["counts"],
    ),
    Figure(
        "rows of an export a second, CSV and JSON lines, to raw COPY; memory above idle at 10 million",
        "export_rows",
        "0.7x, 40 MiB",
        lambda r: (
            f"{_of(r, 'to_raw', 'csv'):.2f}x and {_of(r, 'to_raw', 'jsonl'):.2f}x,"
            f" {_of(r, 'memory', 'mib'):.0f} MiB"
        ),
        lambda r: r["met"]["share"] and r["met"]["memory"],
    ),
    Figure(
        "rows loaded a second, to raw COPY: a clean file, 1 % of it broken, JSON lines; memory above idle",
        "ingest_rows",
        "0.7x",
        lambda r: (
            f"{_of(r, 'to_raw', 'clean'):.2f}x, {_of(r, 'to_raw', 'broken'):.2f}x,"
            f" {_of(r, 'to_raw', 'jsonl'):.2f}x, {_of(r, 'memory', 'mib'):.0f} MiB"
        ),
        lambda r: all(r["met"].values()),
    ),
    Figure(
        "CPU of an answer of 100 KB compressed with zstd, to a plain one: made anew, repeated",
        "compression",
        "2x, 1.1x",
        lambda r: (
            f"{_of(r, 'fresh', 'tenfold zstd', 'times_none'):.1f}x,"
            f" {_of(r, 'same', 'tenfold zstd', 'times_none'):.1f}x"
            f" (Django's gzip: {_of(r, 'fresh', 'django gzip', 'times_none'):.1f}x)"
        ),
        lambda r: r["met"]["fresh"] and r["met"]["same"],
    ),
    Figure(
        "a hit of the view cache with exact invalidation, to a DRF list of 20: times less CPU",
        "view_cache",
        "25x",
        lambda r: f"{_of(r, 'contenders', 'tenfold', 'times_drf'):.1f}x",
        lambda r: r["met"],
    ),
    Figure(
        "search over 1 million reviews: p95; times `icontains`",
        "search",
        "50 ms, 50x",
        lambda r: f"{r['p95_ms']:.0f} ms, {r['times_icontains']:.0f}x",
        lambda r: r["met"],
    ),
)


def render_table(folder: Path = ROOT / "benchmarks" / "results") -> str:
    """The table, in Markdown. Raises FileNotFoundError for a script that never ran."""
    lines = ["| what | target | got | |", "| --- | --- | --- | --- |"]
    for one in FIGURES:
        result = json.loads((folder / f"{one.script}.json").read_text(encoding="utf-8"))
        told = ("met" if one.met(result) else "**not met**") if one.target else ""
        script = f"[{one.what}](benchmarks/{one.script}.py)"
        lines.append(f"| {script} | {one.target} | {one.read(result)} | {told} |")
    return "\n".join(lines)


def replace_table(text: str, table: str) -> str:
    """The text with the table between its marks. Raises ValueError without them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md has no {BEGIN} and {END}: put both where the table belongs.")
    return f"{before}{begin}\n{table}\n{end}{after}"


def main(*words: str) -> int:
    text = README.read_text(encoding="utf-8")
    wanted = replace_table(text, render_table())
    if "--check" in words:
        return int(wanted != text)
    README.write_text(wanted, encoding="utf-8")
    return 0


def _of(result: Json, *keys: str) -> float:
    found: Any = result
    for key in keys:
        found = found[key]
    return float(found)


def _target(result: Json, number: int) -> float:
    return float(result["targets"][number]["ratio"])


def _ms(result: Json, part: str, case: str) -> float:
    """Milliseconds that one answer took on the clock."""
    return _of(result, part, case, "wall_ms")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
