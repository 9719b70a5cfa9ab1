"""One environment tool serves from development to production.

Where development installs from one lock file and the image from another list, production runs versions that
nobody has tested, and the difference shows as an error that "works on my machine".
Holds when the repository shows one tool (pip with requirements counts as one). A requirements file that the
tool exports is not a second one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="One environment tool is in use",
    broken="Two environment tools describe the project",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP43",),
    links=("https://packaging.python.org/en/latest/guides/tool-recommendations/",),
)

_LOCKS = {
    "uv": "uv.lock",
    "poetry": "poetry.lock",
    "pdm": "pdm.lock",
    "pipenv": "Pipfile.lock",
    "pixi": "pixi.lock",
}


def check(project: Project) -> Iterator[Judgement]:
    if not project.dependencies.declared:
        yield CannotTell("no declared dependencies were found")
        return
    by_folder: dict[str, list[str]] = {}
    for path in project.dependencies.lock_files:
        folder, _, name = path.rpartition("/")
        if name in _LOCKS.values():
            by_folder.setdefault(folder, []).append(path)
    for paths in by_folder.values():
        if len(paths) > 1:
            yield practice.finding(
                Location(paths[-1]),
                f"{' and '.join(sorted(paths))} both lock the project's dependencies: they will differ.",
                remedy="Keep one of them, and delete the other with its tool's table in pyproject.toml.",
                symbol="lock files",
                related=[Location(path) for path in paths[:-1]],
            )


EXAMPLES = (
    Breaks(
        {
            "pyproject.toml": """
                [project]
                name = "shop"
                version = "1"
                dependencies = ["django==5.2.4"]
            """,
            "uv.lock": """
                version = 1

                [[package]]
                name = "django"
                version = "5.2.4"
            """,
            "Pipfile": '[packages]\ndjango = "==5.2.4"\n',
            "Pipfile.lock": '{"default": {"django": {"version": "==5.2.4"}}, "develop": {}}',
        },
        at="uv.lock",
    ),
    Holds({"requirements.txt": "Django==5.2.4\n"}),
    LooksAlike(
        {
            "Pipfile": '[packages]\ndjango = "==5.2.4"\n',
            "Pipfile.lock": '{"default": {"django": {"version": "==5.2.4"}}, "develop": {}}',
            "docs/uv.lock": "version = 1\n",
        },
        because="the documentation is another project",
    ),
)
