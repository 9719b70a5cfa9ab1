"""Dependencies are declared and pinned.

An unpinned requirement makes each build another program: the release that fails at night is the one that
picked up a new version by itself, and nobody can rebuild what ran yesterday.
Holds when a lock file stands beside the declarations (uv, poetry, pdm, pipenv, pip-compile, pylock), or each
requirement of production names one version, be it in a second file that an environment tool exported.
The metadata of a library, whose only settings are those of its sandbox or its tests, is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, NotApplicable, Practice
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Dependencies are declared and pinned",
    broken="Dependencies are not pinned",
    impact=Impact.MEDIUM,
    sources=("BP38",),
    links=("https://pip.pypa.io/en/stable/topics/repeatable-installs/",),
)

_MAIN = ("main", "production", "prod")


def check(project: Project) -> Iterator[Judgement]:
    dependencies = project.dependencies
    if not dependencies.declared:
        yield practice.finding(
            Location("."),
            "No file declares what the project depends on: it cannot be built anywhere else.",
            remedy="Write pyproject.toml with [project] dependencies, then: uv lock (or pip-compile)",
            symbol="dependencies",
            impact=Impact.HIGH,
            confidence=Confidence.MEDIUM,
        )
        return
    if dependencies.lock_files:
        return
    if _is_library(project):
        yield NotApplicable("a library declares ranges: the project that installs it locks the versions")
        return
    main = [r for r in dependencies.declared if r.group in _MAIN]
    pinned = {r.name for r in main if r.pinned}
    loose = [r for r in main if r.name not in pinned]
    if loose:
        first = loose[0]
        names = ", ".join(dict.fromkeys(r.name for r in loose[:4])) + (", ..." if len(loose) > 4 else "")
        yield practice.finding(
            first.where,
            f"{len(loose)} of {len(main)} requirements name no single version ({names}) and no lock file does:"
            " two builds of the same commit can differ.",
            remedy="uv lock, or: pip-compile --generate-hashes, and install from the lock file",
            symbol="requirements",
            proof=f"{first.name}{first.specifier or ' (any version)'}",
            # Ranges in a package's metadata may be meant for those who install it.
            confidence=Confidence.MEDIUM if first.where.path in _METADATA else Confidence.HIGH,
            related=tuple(r.where for r in loose[1:4]),
        )


_METADATA = ("pyproject.toml", "setup.py", "setup.cfg")
_ASIDE = frozenset({"sandbox", "demo", "example", "examples", "tests", "test_project", "testproject"})


def _is_library(project: Project) -> bool:
    """A package whose only settings are those of a site that shows or tests it."""
    main = [r for r in project.dependencies.declared if r.group in _MAIN]
    aside = _ASIDE.intersection(project.settings.path.split("/")[:-1])
    return bool(aside) and all(r.where.path in _METADATA for r in main)


EXAMPLES = (
    Breaks({"requirements.txt": "Django==5.2.4\npsycopg>=3.1\nredis\n"}, at="requirements.txt:2"),
    Holds({"requirements.txt": "Django==5.2.4\npsycopg==3.2.9\n"}),
    LooksAlike(
        {
            "Pipfile": '[packages]\ndjango = "~=5.2"\n',
            "requirements.txt": "asgiref==3.9.1\nDjango==5.2.4\n",
        },
        because="pipenv exported the versions that it locked",
    ),
    LooksAlike(
        {"requirements.txt": "Django==5.2.4\n", "requirements-dev.txt": "pytest\n"},
        because="only development's tools are loose",
    ),
    LooksAlike(
        {
            "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["django>=4.2,<6.0"]\n',
            "requirements.txt": "",
            "manage.py": "",
            "config/settings.py": "",
            "config/wsgi.py": "",
            "sandbox/showcase/settings.py": 'SECRET_KEY = "x"\nINSTALLED_APPS = []\n',
            "sandbox/manage.py": """
                import os

                os.environ.setdefault("DJANGO_SETTINGS_MODULE", "showcase.settings")
            """,
        },
        because="a library with its sandbox: what installs it locks the versions",
    ),
)
