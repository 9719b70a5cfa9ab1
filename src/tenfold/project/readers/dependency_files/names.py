"""Names, specifiers and groups of requirements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.dependencies import Requirement, normalise_name

if TYPE_CHECKING:
    from tenfold.project.model import Location

_REQUIREMENT = re.compile(
    r"\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*"
    r"(?:@\s*(\S+)|\(?\s*((?:===|[<>=!~]=|[<>])[^;#)]*)\)?)?\s*(?:;.*|#.*)?$"
)
_EXACT = re.compile(r"={2,3}\s*[^\s,*]+$")
_COMMIT = re.compile(r"@[0-9a-f]{7,40}\b|[0-9a-f]{40}|\.(?:whl|zip|tar\.gz|tgz)\b|@v?\d+(?:\.\d+)+")
_MAIN = frozenset(
    "base common main core app all default runtime server requirements reqs project web backend django "
    "install packages pip in txt dependencies lock locked compiled frozen requires".split()
)
_PRODUCTION = frozenset("prod production deploy deployment live heroku".split())
_SAME = {
    "develop": "dev",
    "development": "dev",
    "local": "dev",
    "testing": "test",
    "tests": "test",
    "doc": "docs",
}


def read_requirement(text: str, where: Location, group: str) -> Requirement | None:
    """One PEP 508 line; None when it is none."""
    match = _REQUIREMENT.match(text)
    if not match:
        return None
    url = match[2] or ""
    specifier = re.sub(r"\s+", "", match[3] or "")
    return Requirement(
        name=normalise_name(match[1]),
        specifier=specifier,
        where=where,
        group=group,
        pinned=bool(_EXACT.fullmatch(specifier) or (url and _COMMIT.search(url))),
        direct_url=bool(url),
    )


def is_exact_url(url: str) -> bool:
    """Whether a URL always gives the same code: a commit, a version tag, an archive."""
    return bool(_COMMIT.search(url))


def group_of(name: str) -> str:
    """The group that a file's or an extra's name says: "main", "production", "dev", "test", "docs", ...;
    "" when its words say nothing known."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    known = [word for word in words if word not in _MAIN]
    for word in known:
        if word in _PRODUCTION:
            return "production"
    for word in known:
        if word in ("dev", "test", "docs", "lint", "ci", "build", "optional") or word in _SAME:
            return _SAME.get(word, word)
    return "main" if not known else ""
