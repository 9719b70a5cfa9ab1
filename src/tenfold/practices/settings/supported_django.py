"""Django and Python are supported versions.

An unsupported version gets no security fixes, and its successor's speed (connection pools in 5.1, fetch
modes in 6.1, faster interpreters from 3.11 on) stays out of reach; each skipped release makes the upgrade
longer. Support ends are those that the Django and Python projects publish.
Holds when the version that production gets is supported on the day of the audit. A range without a lock
file, from an unsupported release to a supported one, cannot be told: installers take the newest it admits.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tenfold.edits.model import ReplaceText, UpgradeDjango
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.model import Location, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.dependencies import Requirement
    from tenfold.project.model import Fact, Project

practice = Practice(
    __name__,
    held="Django and Python are supported versions",
    broken="Django or Python is out of support",
    impact=Impact.HIGH,
    sources=("BP40",),
    links=(
        "https://www.djangoproject.com/download/#supported-versions",
        "https://devguide.python.org/versions/",
    ),
    fix=Safety.UNSAFE,
)

DJANGO = {
    (3, 2): date(2024, 4, 30),
    (4, 0): date(2023, 4, 30),
    (4, 1): date(2023, 12, 31),
    (4, 2): date(2026, 4, 30),
    (5, 0): date(2025, 4, 30),
    (5, 1): date(2025, 12, 31),
    (5, 2): date(2028, 4, 30),
    (6, 0): date(2027, 4, 30),
    (6, 1): date(2027, 12, 31),
}
PYTHON = {
    (3, 8): date(2024, 10, 31),
    (3, 9): date(2025, 10, 31),
    (3, 10): date(2026, 10, 31),
    (3, 11): date(2027, 10, 31),
    (3, 12): date(2028, 10, 31),
    (3, 13): date(2029, 10, 31),
    (3, 14): date(2030, 10, 31),
}
"""End of security support, by release series."""
LONG_TERM = "5.2"
"""The release series to go to: the newest with long-term support."""
UPGRADE = f"git ls-files -z '*.py' | xargs -0 django-upgrade --target-version {LONG_TERM}"


def check(project: Project) -> Iterator[Judgement]:
    django = project.dependencies.version("django")
    floor = project.dependencies.is_floor("django")
    remedy = f"Raise the requirement to ~={LONG_TERM}.0, then: {UPGRADE}"
    yield from _judge(project, "Django", django, ends=DJANGO, remedy=remedy, floor=floor)
    if project.dependencies.python is not None:
        remedy = "Raise the Python of the image or runtime file to a supported release."
        yield from _judge(project, "Python", project.dependencies.python, ends=PYTHON, remedy=remedy)


def _judge(
    project: Project,
    what: str,
    version: Fact[str],
    *,
    ends: dict[tuple[int, int], date],
    remedy: str,
    floor: bool = False,
) -> Iterator[Judgement]:
    if isinstance(version, Unknown):
        if what == "Django":
            yield CannotTell(f"{what}: {version.why}")
        return
    parts = version.value.split(".")
    if len(parts) < 2 or not (parts[0].isdigit() and parts[1].isdigit()):
        yield CannotTell(f"{what}: version {version.value!r} names no release series", version.where)
        return
    series = (int(parts[0]), int(parts[1]))
    end = ends.get(series)
    if end is None and series > min(ends):
        return  # newer than this table: supported
    if end is not None and end >= project.today:
        return
    if floor and _reaches_support(project):
        yield CannotTell(f"{what}: no lock file, and a range that admits supported releases", version.where)
    else:
        since = f"since {end:%B %Y}" if end else "for years"
        yield practice.finding(
            version.where or Location("."),
            f"{what} {version.value} has been without security fixes {since}.",
            remedy=remedy,
            symbol=what,
            proof=f"{what} {version.value}",
            confidence=Confidence.MEDIUM if floor else Confidence.HIGH,
            fixable=what == "Django" and _pinned_line(project) is not None,
        )


def _reaches_support(project: Project) -> bool:
    """Whether the declared range admits a release series that is supported on the day of the audit."""
    supported = [series for series, end in DJANGO.items() if end >= project.today]
    return any(project.dependencies.admits("django", f"{major}.{minor}.99") for major, minor in supported)


def _pinned_line(project: Project) -> Requirement | None:
    """The line of a requirements file that alone decides Django's version; a lock file is its tool's to write."""
    if "django" in project.dependencies.locked:
        return None
    lines = [r for r in project.dependencies.declared_as("django") if r.specifier.startswith("==")]
    return lines[0] if len(lines) == 1 and lines[0].where.path.endswith(".txt") else None


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The requirement is raised and django-upgrade rewrites the code; unsafe because only tests can tell."""
    line = _pinned_line(project)
    if line is None or finding.symbol != "Django":
        return
    yield ReplaceText(line.where.path, line.where.line, line.specifier, f"~={LONG_TERM}.0")
    for module in project.source:
        if "migration" not in project.contexts.of(module.path):
            yield UpgradeDjango(module.path, LONG_TERM)


EXAMPLES = (
    Breaks(
        {
            "requirements.txt": "Django==3.2.25",
            "shop/text.py": "from django.utils.translation import ugettext as _\n",
        },
        at="requirements.txt:1",
        fixed={
            "requirements.txt": "Django~=5.2.0",
            "shop/text.py": "from django.utils.translation import gettext as _\n",
        },
    ),
    Breaks({"requirements.txt": "Django==5.2.4", "runtime.txt": "python-3.8.20"}, at="runtime.txt:1"),
    Holds({"requirements.txt": "Django==5.2.4", "runtime.txt": "python-3.13.1"}),
    LooksAlike(
        {"requirements.txt": "Django>=4.2,<6.2"},
        because="the range goes to a supported release, which is what an installer takes",
    ),
    LooksAlike({"requirements.txt": "Django==5.2.4\ndjango-classy-tags==3.2"}, because="another package"),
)
