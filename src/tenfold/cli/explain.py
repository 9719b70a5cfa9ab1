"""Show a practice's page: what it asks, why at scale, examples, weight and how it is mended.

NAME is an id (database/persistent-connections), a topic (database), or `configuration`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.cli import _output
from tenfold.cli.practices import is_provided
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from tenfold.practice import Example
    from tenfold.practices.catalogue import Entry, Row

NAME = "explain"
HELP = "show a practice's page, or a topic's practices"
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
    parser.add_argument("name", metavar="NAME", help="an id, a topic, or `configuration`")


def run(arguments: argparse.Namespace) -> int:
    from tenfold.practices.catalogue import entries, rows

    name = arguments.name.strip().strip("/").lower().replace("_", "-")
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
    near = get_close_matches(name, [*ids, *topics, "configuration"], n=1)
    near_tails = get_close_matches(name.rpartition("/")[2], list(tails), n=1, cutoff=0.7)
    near = near or [tails[tail] for tail in near_tails]
    return TenfoldError(
        f'There is no practice or topic "{name}".',
        next_step=f'Did you mean "{near[0]}"?' if near else f"Topics: {', '.join(topics)}.",
    )


def _explain_configuration() -> Iterator[str]:
    from tenfold.config import documented

    yield "[tool.tenfold] in pyproject.toml, or the same keys at the top of tenfold.toml:"
    for one in documented():
        yield ""
        yield f"{one.name} = {one.example}" if one.example else one.name
        yield f"  {one.doc}"
        if one.choices:
            yield f"  One of: {', '.join(one.choices)}."
        if one.default:
            yield f"  Default: {one.default}."
