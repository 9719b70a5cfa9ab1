"""List the whole catalogue with its state: judged, how it is mended, what provides it, what proves it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tenfold.cli import _output
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse

    from tenfold.practice import Practice
    from tenfold.practices.catalogue import Row

NAME = "practices"
HELP = "list the catalogue of practices and its state"
VERSION = 1


PARTS = {
    "django_tenfold.api (impossible by construction)": "django_tenfold.api.serializers",
    "django_tenfold.api keyset pagination": "django_tenfold.api.keyset",
    "django_tenfold.api streaming export": "django_tenfold.api.export",
    "django_tenfold.db bulk COPY": "django_tenfold.db.ingest",
    "django_tenfold.db counters": "django_tenfold.db.counters",
    "django_tenfold.db partitions": "django_tenfold.db.partitions",
    "django_tenfold.db router": "django_tenfold.db.router",
    "django_tenfold.db save only what changed": "django_tenfold.db.changed_fields",
    "reference leaderboard": "django_tenfold.db.figures",
}
"""The module that holds a part of a block: the block alone does not provide it. The reference project is not
installed with the tool: what its leaderboard shows is, and a test holds that it stands on this module."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One practice as it is listed; `fix` is "safe", "unsafe", or "" (by hand)."""

    id: str
    topic: str
    title: str
    judged: bool
    severity: str
    confidence: str
    fix: str
    sources: tuple[str, ...]
    evidence: str
    provided_by: str
    provided: bool
    """Whether all that `provided_by` names is part of this version; else it is planned."""
    proven_by: str
    """The figure that will prove its worth."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topic", metavar="TOPIC", help="only this topic")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    listed = list_practices()
    if arguments.topic:
        topics = sorted({one.topic for one in listed})
        listed = tuple(one for one in listed if one.topic == arguments.topic)
        if not listed:
            raise TenfoldError(
                f'There is no topic "{arguments.topic}".', next_step=f"Topics: {', '.join(topics)}."
            )
    _output.write(_as_json(listed) if arguments.json else _as_table(listed))
    return 0


def list_practices() -> tuple[Listed, ...]:
    """Every row of the catalogue in its order, then the practice files beyond it."""
    from tenfold.practices.catalogue import entries, rows

    judged = {entry.practice.id: entry.practice for entry in entries()}
    listed = [_list_row(row, judged.pop(row.id, None)) for row in rows()]
    return (*listed, *(_list_practice(practice) for practice in judged.values()))


def _list_row(row: Row, practice: Practice | None) -> Listed:
    """A row of the catalogue; None while no file judges it."""
    return Listed(
        id=row.id,
        topic=row.topic,
        title=row.title,
        judged=practice is not None,
        severity=practice.impact.label if practice else "",
        confidence=practice.confidence.label if practice else "",
        fix=(practice.fix or "") if practice else "",
        sources=tuple(row.sources.split()),
        evidence=row.evidence,
        provided_by=row.provided_by,
        provided=is_provided(row.provided_by),
        proven_by=row.proof,
    )


def _list_practice(practice: Practice) -> Listed:
    """A practice that the catalogue to reach does not name."""
    return Listed(
        id=practice.id,
        topic=practice.topic,
        title=practice.held,
        judged=True,
        severity=practice.impact.label,
        confidence=practice.confidence.label,
        fix=practice.fix or "",
        sources=practice.sources,
        evidence=", ".join(practice.needs),
        provided_by="",
        provided=False,
        proven_by="",
    )


def is_provided(parts: str) -> bool:
    """Whether each part ("django_tenfold.conf + stack service edge") is there in this version."""
    found = [part for text in parts.split("+") if (part := text.strip())]
    return bool(found) and all(map(_is_there, found))


def _is_there(part: str) -> bool:
    """A package, a block, a file of the template, a service folder, an export's folder, or an option of a verb.

    What stands behind the last known word describes it ("stack export alert rules"); a name in brackets
    after an export is another export ("stack export (Patroni)").
    """
    if part in PARTS:
        return _exists(PARTS[part])
    first, *rest = part.replace("(", "").replace(")", "").split()
    file = next((word for word in (first, *rest[:1]) if word.startswith(".")), "")
    if file:
        return _is_in_template(file)
    if rest[:1] in (["service"], ["export"]):
        return _is_in_stack(part, rest)
    if rest and rest[0].startswith("--"):
        return _takes_option(first, rest[0])
    if first == "units":
        first = "stack.export.systemd"
    packages = ("",) if first.startswith("django_tenfold.") else ("tenfold.", "django_tenfold.")
    return any(_exists(f"{package}{first}") for package in packages)


def _is_in_stack(part: str, rest: list[str]) -> bool:
    """A service's folder, several with "and"; an export's folder."""
    if rest[0] == "service":
        named = [word for word in rest[1:] if word == rest[1] or _follows(rest, "and", word)]
        return all(_exists(f"tenfold.stack.services.{word}") for word in named)
    bracket = part.partition("(")[2].rstrip(")").lower()
    return _exists(f"tenfold.stack.export.{bracket}" if bracket else "tenfold.stack.export")


def _is_in_template(file: str) -> bool:
    from importlib.resources import files

    return (files("tenfold") / "template" / file).is_file()


def _follows(words: list[str], before: str, word: str) -> bool:
    return any(pair == (before, word) for pair in pairwise(words))


def _exists(module: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it is not there either
        return False


def _takes_option(verb: str, option: str) -> bool:
    import argparse

    from tenfold.cli.main import find_verbs

    module = find_verbs().get(verb)
    if module is None:
        return False
    parser = argparse.ArgumentParser(add_help=False)
    module.add_arguments(parser)
    return f" {option}" in parser.format_usage().replace("[", " ")


def _as_json(listed: tuple[Listed, ...]) -> str:
    import json

    return json.dumps(
        {"version": VERSION, "practices": [asdict(one) for one in listed]}, indent=2, ensure_ascii=False
    )


def _as_table(listed: tuple[Listed, ...]) -> str:
    """One row per practice; nothing is shortened, so that it can be searched."""
    width = max(len(one.id) for one in listed)
    lines = [f"{'practice':{width}}  judged  severity  mended   title; what provides it; what proves it"]
    for one in listed:
        mended = one.fix or ("by hand" if one.judged else "")
        beside = [
            f"{'provided' if one.provided else 'planned'}: {one.provided_by}" if one.provided_by else "",
            f"to prove: {one.proven_by}" if one.proven_by else "",
        ]
        notes = "; ".join([one.title, *filter(None, beside)])
        state = "yes" if one.judged else "not yet"
        lines.append(f"{one.id:{width}}  {state:7} {one.severity:9} {mended:8} {notes}")
    judged = sum(one.judged for one in listed)
    fixable = sum(bool(one.fix) for one in listed)
    lines += [
        "",
        f"{len(listed)} practices: {judged} judged, {fixable} with a fix. `tenfold explain ID` shows a page.",
    ]
    return "\n".join(lines)
