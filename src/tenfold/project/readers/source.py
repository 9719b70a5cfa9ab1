"""Every Python file of the project in one visit, cached by content. Nothing of the project is executed."""

from __future__ import annotations

import hashlib
import json
import marshal
import sys
from functools import cache as remember
from importlib import resources
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.packed import IMPORTS
from tenfold.project.readers.environment import find_outside_modules
from tenfold.project.readers.fact_cache import Failed, load_facts, save_facts
from tenfold.project.readers.interpreters import find_newer_interpreters, parse_elsewhere
from tenfold.project.readers.module_names import name_modules
from tenfold.project.readers.syntax import extract_all
from tenfold.project.readers.text import decode, read_bytes
from tenfold.project.source import Module, Source, Unparsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tenfold.project.files import Files
    from tenfold.project.packed import Facts
    from tenfold.project.readers.fact_cache import Entry

MANY = 400
"""Files to parse above which a second process pays: it takes 0.1 s to start and to hear from."""
OTHERS_PERCENT = 40
"""The second process's part of the text: it starts later, and shares its processor with ruff."""


def read_source(root: Path, files: Files, *, cache: Path | None) -> tuple[Source, tuple[Problem, ...]]:
    """The facts of every `*.py` file, and the problems of those that could not be read.

    `cache` is the folder for this project's facts (None: no cache). A file that does not parse stands in
    `Source.unparsed` with its line.
    """
    contents, problems = _read_contents(root, files)
    digests = {path: hashlib.blake2b(data, digest_size=16).digest() for path, data in contents.items()}
    known = load_facts(cache) if cache is not None else {}
    elsewhere = find_newer_interpreters()
    tag = "|".join((sys.version, *elsewhere))
    entries = {d: e for d in set(digests.values()) if (e := known.get(d)) and _still_holds(e, tag)}
    texts: dict[bytes, str] = {}
    for path, data in contents.items():
        if digests[path] not in entries and digests[path] not in texts:
            text = decode(data, path)
            if isinstance(text, Problem):
                problems.append(text)
                continue
            texts[digests[path]] = text
    del contents
    made = _extract(texts, elsewhere, tag)
    entries.update(made)
    if cache is not None and (made or len(known) > 2 * len(entries)):
        problems += save_facts(cache, entries)
    facts = {path: entries[digest] for path, digest in digests.items() if digest in entries}
    return _assemble(root, facts), tuple(problems)


def _read_contents(root: Path, files: Files) -> tuple[dict[str, bytes], list[Problem]]:
    contents: dict[str, bytes] = {}
    problems: list[Problem] = []
    for file in files.all:
        if not file.path.endswith(".py"):
            continue
        data = read_bytes(root, file.path)
        if isinstance(data, Problem):
            problems.append(data)
        else:
            contents[file.path] = data
    return contents, problems


def _still_holds(entry: Entry, tag: str) -> bool:
    """Facts hold for good; a failure holds as long as the same interpreters are at hand."""
    return not isinstance(entry, Failed) or entry.tried == tag


def _extract(texts: Mapping[bytes, str], elsewhere: tuple[str, ...], tag: str) -> dict[bytes, Entry]:
    digests = list(texts)
    results = _extract_in_two(texts) if len(texts) > MANY else extract_all([texts[d] for d in digests])
    made: dict[bytes, Entry] = {}
    for digest, result in zip(digests, results, strict=True):
        made[digest] = Failed(tag, *result) if len(result) == 2 else result
    failed = [digest for digest, entry in made.items() if isinstance(entry, Failed)]
    for interpreter in elsewhere if failed else ():
        answers = parse_elsewhere(interpreter, [texts[digest] for digest in failed])
        if answers is None:
            continue
        for digest, answer in zip(failed, answers, strict=True):
            made[digest] = Failed(tag, *answer) if len(answer) == 2 else answer
        break
    return made


def _extract_in_two(texts: Mapping[bytes, str]) -> list[Facts | tuple[int, str]]:
    """Part of the text under a second process of this interpreter, the rest here."""
    from concurrent.futures import ThreadPoolExecutor

    values = list(texts.values())
    half, size = 0, sum(map(len, values)) * OTHERS_PERCENT // 100
    while half < len(values) and size > 0:
        size -= len(values[half])
        half += 1
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(parse_elsewhere, sys.executable, values[:half])
        own = extract_all(values[half:])
        answers = other.result()
    return [*(extract_all(values[:half]) if answers is None else answers), *own]


def _assemble(root: Path, entries: Mapping[str, Entry]) -> Source:
    unparsed = []
    parsed: dict[str, Facts] = {}
    for path, entry in entries.items():
        if isinstance(entry, Failed):
            unparsed.append(Unparsed(Location(path, entry.line), entry.why))
        else:
            parsed[path] = entry
    names = name_modules(list(entries), _count_imports(parsed.values()))
    bases, spellings = _known_classes()
    return Source(
        [Module(path, names[path], facts) for path, facts in parsed.items()],
        unparsed=tuple(unparsed),
        known_bases=bases,
        spellings=spellings,
        outside=find_outside_modules(root),
    )


def _count_imports(facts: Iterable[Facts]) -> dict[str, int]:
    """How often each absolute module name is imported."""
    counts: dict[str, int] = {}
    for packed in facts:
        for module, name, _, _, _, level in marshal.loads(packed[IMPORTS])[0]:
            if level == 0:
                counts[module] = counts.get(module, 0) + 1
                if name not in ("", "*"):
                    whole = f"{module}.{name}"
                    counts[whole] = counts.get(whole, 0) + 1
    return counts


@remember
def _known_classes() -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """The shipped table of third-party classes: (class -> bases, other import path -> class)."""
    text = resources.files("tenfold.project").joinpath("known_classes.json").read_text(encoding="utf-8")
    table = json.loads(text)
    return {name: tuple(bases) for name, bases in table["bases"].items()}, table["spellings"]
