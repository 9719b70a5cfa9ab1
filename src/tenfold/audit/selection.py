"""Which practices are judged: selectors by topic, id, glob of ids, source and severity.

    settings            a topic
    settings/debug-off  one practice; settings/* or */no-print a glob
    BP40, PT            one numbered source, or everything from one source
    severity:high, high exactly that severity

`ignore` wins over `select`; an empty `select` means every practice.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.practice import Impact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tenfold.practice import Practice
    from tenfold.practices.catalogue import Entry

_SOURCE = re.compile(r"[A-Za-z]{2}\d*")


def matches(practice: Practice, selector: str) -> bool:
    """Whether one selector names the practice."""
    wanted = selector.strip()
    lowered = wanted.lower()
    if "/" in wanted:
        return fnmatchcase(practice.id, lowered.replace("_", "-"))
    if lowered.removeprefix("severity:") in _severities():
        return practice.impact.label == lowered.removeprefix("severity:")
    if _SOURCE.fullmatch(wanted):
        return any(_same_source(source, wanted.upper()) for source in practice.sources)
    return fnmatchcase(practice.topic, lowered)


def _severities() -> tuple[str, ...]:
    return tuple(impact.label for impact in Impact)


def _same_source(source: str, wanted: str) -> bool:
    """ "BP40" names tip 40; "BP" every tip of that source."""
    return source == wanted or source.rstrip("0123456789") == wanted


def select_entries(
    entries: Sequence[Entry],
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    unjudged: Iterable[str] = (),
) -> tuple[Entry, ...]:
    """The entries that are judged. `unjudged` are ids of the catalogue that no file judges yet.

    Raises TenfoldError for a selector that names nothing.
    """
    wanted, unwanted, later = tuple(select), tuple(ignore), tuple(unjudged)
    for selector in wanted:
        if not _names_any(entries, selector) and _names_later(later, selector):
            raise TenfoldError(
                f'"{selector}" is in the catalogue, but no check judges it yet.',
                next_step="`tenfold practices` shows what is judged.",
            )
    check_selectors(entries, (*wanted, *unwanted), unjudged=later)
    return tuple(
        entry
        for entry in entries
        if (not wanted or any(matches(entry.practice, one) for one in wanted))
        and not any(matches(entry.practice, one) for one in unwanted)
    )


def check_selectors(
    entries: Sequence[Entry], selectors: Iterable[str], *, unjudged: Iterable[str] = ()
) -> None:
    """Raises TenfoldError for the first selector that names no practice, judged or not."""
    later = tuple(unjudged)
    for selector in selectors:
        if not _names_any(entries, selector) and not _names_later(later, selector):
            raise _no_match(entries, selector)


def _names_any(entries: Sequence[Entry], selector: str) -> bool:
    if selector.strip().lower().removeprefix("severity:") in _severities():
        return True
    return any(matches(entry.practice, selector) for entry in entries)


def _names_later(unjudged: tuple[str, ...], selector: str) -> bool:
    wanted = selector.strip().lower()
    pattern = wanted.replace("_", "-") if "/" in wanted else f"{wanted}/*"
    return any(fnmatchcase(one, pattern) for one in unjudged)


def _no_match(entries: Sequence[Entry], selector: str) -> TenfoldError:
    close = suggest(entries, selector)
    return TenfoldError(
        f'No practice is named by "{selector}".',
        why="A selector is a topic, an id, a glob of ids, a source such as BP40, or a severity.",
        next_step=f'Did you mean "{close}"?' if close else "`tenfold practices` lists all of them.",
    )


def suggest(entries: Sequence[Entry], name: str) -> str:
    """The topic, id, source or severity nearest to a misspelt one, "" when none is near."""
    practices = [entry.practice for entry in entries]
    ids = [p.id for p in practices]
    names = [*ids, *{p.topic for p in practices}, *{s for p in practices for s in p.sources}]
    names += [prefix + one for one in _severities() for prefix in ("", "severity:")]
    near = get_close_matches(name, names, n=1)
    if near:
        return near[0]
    tails = {one.partition("/")[2]: one for one in ids}
    near = get_close_matches(name.rpartition("/")[2], list(tails), n=1, cutoff=0.7)
    return tails[near[0]] if near else ""
