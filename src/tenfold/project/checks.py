"""What checks a change before it runs: the steps of CI, the hooks, and what an image build refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.repository import DEVELOPMENT, TESTING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Project

_TESTS = re.compile(r"test|lint|ci|check|build|main", re.IGNORECASE)
_INSTALLS = re.compile(
    r"\s*(?:\S*python\S* -m )?(?:uv )?(?:pip\S*|apt\S*|apk|npm|yarn|pnpm|poetry|pdm|uv)\s+"
    r"(?:-\S+\s+)*(?:install|add|sync|ci|update)\b"
)


def checking_texts(project: Project) -> Iterator[str]:
    """The texts of all that looks at a change: steps and actions of CI, hooks, commands of image builds."""
    repository = project.repository
    for pipeline in repository.pipelines:
        for step in pipeline.steps:
            yield step.run
            yield step.uses
    yield from (hook.id for hook in repository.hooks)
    for docker in repository.dockerfiles:
        if docker.purpose not in (DEVELOPMENT, TESTING):
            for instruction, text, _ in docker.instructions:
                if instruction == "RUN":
                    yield from (part for part in re.split(r"&&|;|\n", text) if not _INSTALLS.match(part))


def checking_pipeline(project: Project) -> str:
    """The CI file that tests a change, else the first one that runs commands; "" without one.

    A file that only calls actions (merges bots' branches, labels, closes) is no place for a check.
    """
    paths = [
        pipeline.path
        for pipeline in project.repository.pipelines
        if not pipeline.path.endswith(("/action.yml", "/action.yaml"))
        and any(step.run for step in pipeline.steps)
    ]
    tested = [path for path in paths if _TESTS.search(path.rpartition("/")[2])]
    return next(iter((*tested, *paths)), "")
