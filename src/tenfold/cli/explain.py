"""Show a practice's page: what it asks, why at scale, examples, weight and how it is mended.

NAME is an id (database/persistent-connections), a topic (database), `configuration`, or `topology`: every
number of the production stack on this machine, with its reason.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.cli import _output
from tenfold.cli.practices import is_provided
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

    from tenfold.config import Documented
    from tenfold.practice import Example
    from tenfold.practices.catalogue import Entry, Row
    from tenfold.topology.model import Wishes, Work

NAME = "explain"
HELP = "show a practice's page, a topic's practices, or the numbers of the production stack"
FIX = {
    None: "by hand",
    "safe": "by `tenfold fix --apply`",
    "unsafe": "by `tenfold fix --apply --unsafe`: read the diff first",
}


@dataclass(frozen=True, slots=True)
class ExamplePart:
    """One small project of an example: how it stands to the practice, and its files by path."""

    title: str
    note: str
    files: Mapping[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an id, a topic, `configuration`, or `topology`")
    parser.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        help="with `topology`: the project whose facts and configuration count",
    )
    parser.add_argument("--json", action="store_true", help="with `topology`: one JSON object")


def run(arguments: argparse.Namespace) -> int:
    from tenfold.practices.catalogue import entries, rows

    name = arguments.name.strip().strip("/").lower().replace("_", "-")
    if name == "topology":
        _output.write(_topology_text(arguments.path, as_json=arguments.json))
        return 0
    if arguments.path or arguments.json:
        raise TenfoldError(
            "PATH and --json belong to `tenfold explain topology`.", next_step="Leave them out."
        )
    by_id = {entry.practice.id: entry for entry in entries()}
    planned = {row.id: row for row in rows() if row.id not in by_id}
    if name == "configuration":
        _output.write("\n".join(_explain_configuration()))
    elif name in by_id:
        row = next((row for row in rows() if row.id == name), None)
        _output.write("\n".join(_explain(by_id[name], row)))
    elif name in planned:
        _output.write("\n".join(_explain_planned(planned[name])))
    else:
        _output.write("\n".join(_list_topic(name, by_id, planned)))
    return 0


def _explain(entry: Entry, row: Row | None) -> Iterator[str]:
    practice = entry.practice
    yield f"{practice.id}: {entry.summary}"
    yield ""
    yield entry.why
    yield ""
    yield f"Severity    {practice.impact.label} (weighs {int(practice.impact)} in the score)"
    yield f"Confidence  {practice.confidence.label}"
    yield f"Mended      {FIX[practice.fix]}"
    if practice.contexts:
        yield f"Matters in  {', '.join(practice.contexts)}"
    if practice.sources:
        yield f"Sources     {', '.join(practice.sources)}"
    if row:
        yield from _show_provider(row)
    for number, link in enumerate(practice.links):
        yield ("            " if number else "See         ") + link
    for example in entry.examples:
        for part in divide_example(example):
            yield ""
            yield f"{part.title}: {part.note}" if part.note else part.title
            yield from _show_files(part.files)
    yield ""
    yield f"To keep a place as it is: # tenfold: allow[{practice.id}] the reason"


def divide_example(example: Example) -> Iterator[ExamplePart]:
    """The example, and what a fix makes of it, each under its title."""
    from tenfold.practice import Breaks, Holds

    if isinstance(example, Holds):
        yield ExamplePart("Holds", "", example.files)
    elif isinstance(example, Breaks):
        places = (example.at,) if isinstance(example.at, str) else example.at
        yield ExamplePart("Breaks it", f"reported at {', '.join(places)}", example.files)
        if example.fixed:
            yield ExamplePart("Mended", "after `tenfold fix --apply`", example.fixed)
    else:
        yield ExamplePart("Looks alike", f"not reported, for {example.because}", example.files)


def _show_files(files: Mapping[str, str]) -> Iterator[str]:
    for path, text in files.items():
        yield f"  {path}"
        yield from (f"  | {line}".rstrip() for line in text.rstrip("\n").split("\n"))


def _explain_planned(row: Row) -> Iterator[str]:
    yield f"{row.id}: {row.title}"
    yield ""
    yield "In the catalogue, not judged yet: `tenfold audit` says nothing about it."
    yield f"Sources     {row.sources}"
    yield f"Evidence    {row.evidence}"
    yield from _show_provider(row)
    if row.proof:
        yield f"To prove    {row.proof}"


def _show_provider(row: Row) -> Iterator[str]:
    """What brings the practice along, and whether this version holds it."""
    if row.provided_by:
        yield f"Provided by {row.provided_by}{'' if is_provided(row.provided_by) else ' (planned)'}"


def _list_topic(name: str, by_id: dict[str, Entry], planned: dict[str, Row]) -> Iterator[str]:
    titles = {one: entry.summary for one, entry in by_id.items()}
    titles |= {one: f"{row.title} (not judged yet)" for one, row in planned.items()}
    chosen = {one: title for one, title in sorted(titles.items()) if one.partition("/")[0] == name}
    if not chosen:
        raise _unknown(name, list(titles))
    width = max(map(len, chosen))
    return (f"{one:{width}}  {title}" for one, title in chosen.items())


def _unknown(name: str, ids: list[str]) -> TenfoldError:
    from difflib import get_close_matches

    topics = sorted({one.partition("/")[0] for one in ids})
    tails = {one.partition("/")[2]: one for one in ids}
    near = get_close_matches(name, [*ids, *topics, "configuration", "topology"], n=1)
    near_tails = get_close_matches(name.rpartition("/")[2], list(tails), n=1, cutoff=0.7)
    near = near or [tails[tail] for tail in near_tails]
    return TenfoldError(
        f'There is no practice or topic "{name}".',
        next_step=f'Did you mean "{near[0]}"?' if near else f"Topics: {', '.join(topics)}.",
    )


def _topology_text(path: str | None, *, as_json: bool) -> str:
    """The numbers for this machine; of the project at `path`, read without running it, or of a plain one."""
    import json

    from tenfold.stack.runner.machine import read_machine
    from tenfold.topology.explaining import explain_topology, topology_data
    from tenfold.topology.sizing import size

    made = size(read_machine(), *_read_work(Path(path) if path else None))
    return json.dumps(topology_data(made), indent=2) if as_json else "\n".join(explain_topology(made))


def _read_work(root: Path | None) -> tuple[Work, Wishes]:
    from tenfold.topology.model import Wishes, Work

    if root is None:
        return Work(tasks=True), Wishes()
    from tenfold.config import load_config
    from tenfold.project.readers.project import Reading, read_project
    from tenfold.stack.export.facts import find_work
    from tenfold.topology.wishes import read_wishes, settle_pooling

    config = load_config(root)
    reading = Reading(settings_module=config.settings or None, probe=False, exclude=config.exclude)
    work = find_work(read_project(root, reading), config.up)
    found = shutil.which("pgbouncer") is not None
    return settle_pooling(work, config.up, pgbouncer=found), read_wishes(config.up)


def _explain_configuration() -> Iterator[str]:
    from tenfold.config import UpConfig, documented

    yield "[tool.tenfold] in pyproject.toml, or the same keys at the top of tenfold.toml:"
    yield from _explain_keys(documented())
    yield ""
    yield "[tool.tenfold.up], or [up] in tenfold.toml:"
    yield from _explain_keys(documented(UpConfig))


def _explain_keys(keys: Iterable[Documented]) -> Iterator[str]:
    for one in keys:
        yield ""
        yield f"{one.name} = {one.example}" if one.example else one.name
        yield f"  {one.doc}"
        if one.choices:
            yield f"  One of: {', '.join(one.choices)}."
        if one.default and one.kind != "up":
            yield f"  Default: {one.default}."
