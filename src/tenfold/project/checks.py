"""What checks a change before it runs: the steps of CI, the hooks, and what an image build refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.repository import DEVELOPMENT, TESTING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Project
    from tenfold.project.repository import Pipeline

_RUNS_TESTS = re.compile(r"\bpytest\b|manage\.py test\b|\btox\b|\bnox\b|\bunittest\b|\bruntests\b")
_NAMED = (re.compile(r"test|lint|quality", re.I), re.compile(r"\bci\b|check", re.I))
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
    """The CI file that tests a change, else one named after checks, else one that runs commands; "" without.

    A file that only calls actions (merges bots' branches, labels, closes) is no place for a check.
    """
    pipelines = [
        pipeline
        for pipeline in project.repository.pipelines
        if not pipeline.path.endswith(("/action.yml", "/action.yaml"))
        and any(step.run for step in pipeline.steps)
    ]
    return max(pipelines, key=_fitness).path if pipelines else ""


def _fitness(pipeline: Pipeline) -> tuple[bool, ...]:
    tests = any(_RUNS_TESTS.search(step.run) for step in pipeline.steps)
    named = (pattern.search(pipeline.path.rpartition("/")[2]) is not None for pattern in _NAMED)
    return tests, "pull_request" in pipeline.events or "push" in pipeline.events, *named
