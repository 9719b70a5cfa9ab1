"""Dotted names of the project's modules: which folders are source roots, told by what is imported."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ENTRY = 5
"""Votes of a manage.py for its folder: Python puts a script's folder on the import path."""


def name_modules(paths: Iterable[str], imported: Mapping[str, int]) -> dict[str, str]:
    """path -> dotted name. `imported` counts the absolute module names that the project's files import.

    An import of `shop.models` votes for every folder R where R/shop/models.py (or .../__init__.py) is a
    file. A file takes the root among its parent folders that its own top package got most votes for;
    without any, the one with most votes at all; else the folder above its outermost package.
    """
    files = list(paths)
    packages = {path.rpartition("/")[0] for path in files if path.rpartition("/")[2] == "__init__.py"}
    votes = _count_votes(files, imported, packages)
    totals: dict[str, int] = defaultdict(int)
    for (root, _), count in votes.items():
        totals[root] += count
    return {path: _name(path, _choose_root(path, votes, totals=totals, packages=packages)) for path in files}


def _count_votes(
    files: list[str], imported: Mapping[str, int], packages: set[str]
) -> dict[tuple[str, str], int]:
    by_last: dict[str, list[str]] = defaultdict(list)
    votes: dict[tuple[str, str], int] = defaultdict(int)
    for path in files:
        place = path.removesuffix(".py").removesuffix("/__init__")
        by_last[place.rpartition("/")[2]].append(place)
        if path.rpartition("/")[2] == "manage.py":
            votes[(path.rpartition("/")[0], "")] += _ENTRY
    for dotted, count in imported.items():
        wanted = dotted.replace(".", "/")
        places = by_last.get(wanted.rpartition("/")[2], ())
        found = [p for p in places if p == wanted or p.endswith("/" + wanted)]
        # A lone name ("utils") fits folders anywhere: it votes only when one place fits.
        if len(found) > 1 and "." not in dotted:
            continue
        for place in found:
            root = place[: len(place) - len(wanted)].rstrip("/")
            # `import celery` beside config/celery.py means the library: a package's modules have two names.
            if "." not in dotted and root in packages:
                continue
            votes[(root, dotted.partition(".")[0])] += count
    return votes


def _choose_root(
    path: str, votes: Mapping[tuple[str, str], int], *, totals: Mapping[str, int], packages: set[str]
) -> str:
    parts = path.removesuffix(".py").split("/")
    roots = ["/".join(parts[:depth]) for depth in range(len(parts))]
    best = max(range(len(roots)), key=lambda depth: votes.get((roots[depth], parts[depth]), 0))
    if votes.get((roots[best], parts[best])):
        return roots[best]
    outer = parts[:-1]
    while outer and "/".join(outer) in packages:
        outer.pop()
    top = "/".join(outer)
    known = max((root for root in roots if totals.get(root)), key=lambda root: totals[root], default=None)
    if known is None:
        return top if len(outer) < len(parts) - 1 else ""
    return known


def _name(path: str, root: str) -> str:
    # Names may not begin with a dot: a hidden folder (".github") gives none that could be imported.
    inner = path[len(root) :].lstrip("/.").removesuffix(".py")
    return inner.removesuffix("/__init__").replace("/", ".")
