"""CI files of GitHub Actions, GitLab, CircleCI, Azure, Travis, Bitbucket, Woodpecker and Jenkins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.documents import read_yaml
from tenfold.project.repository import Pipeline, PipelineStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.readers.repository_files.documents import Yaml

MAXIMUM_STEP_DEPTH = 8
_SYSTEMS = (
    ("github", re.compile(r"(?:.*/)?\.(?:github|forgejo|gitea)/workflows/[^/]+\.ya?ml")),
    ("github", re.compile(r"(?:.*/)?\.github/actions/.+/action\.ya?ml")),
    ("gitlab", re.compile(r"(?:.*/)?\.gitlab-ci\.ya?ml|\.gitlab/.*\.ya?ml")),
    ("circleci", re.compile(r"\.circleci/[^/]+\.ya?ml")),
    ("azure", re.compile(r"(?:.*/)?azure-pipelines[^/]*\.ya?ml|\.azure-pipelines/.*\.ya?ml")),
    ("travis", re.compile(r"\.travis\.ya?ml")),
    ("bitbucket", re.compile(r"bitbucket-pipelines\.ya?ml")),
    ("woodpecker", re.compile(r"\.woodpecker(?:\.ya?ml|/.*\.ya?ml)|\.drone\.ya?ml")),
    ("jenkins", re.compile(r"(?:.*/)?Jenkinsfile[^/]*")),
    ("buildkite", re.compile(r"\.buildkite/[^/]+\.ya?ml")),
    ("semaphore", re.compile(r"\.semaphore/[^/]+\.ya?ml")),
    ("appveyor", re.compile(r"\.?appveyor\.ya?ml")),
    ("builds.sr.ht", re.compile(r"\.build(?:s/[^/]+)?\.ya?ml")),
    ("google cloud build", re.compile(r"(?:.*/)?cloudbuild[^/]*\.ya?ml")),
    ("aws codebuild", re.compile(r"(?:.*/)?buildspec[^/]*\.ya?ml")),
)
_RUN_KEYS = frozenset(
    (
        "run script before_script after_script commands install before_install before_deploy deploy "
        "bash pwsh command tasks inlineScript after_success"
    ).split()
)


def system_of(path: str) -> str:
    """The CI system whose file this is, "" for none."""
    return next((name for name, pattern in _SYSTEMS if pattern.fullmatch(path)), "")


def read_pipeline(text: str, path: str) -> Pipeline | Problem:
    """The steps of one CI file."""
    system = system_of(path)
    if system == "jenkins":
        return Pipeline(path, system, tuple(_read_jenkins(text, path)), ())
    documents = read_yaml(text, path)
    if isinstance(documents, Problem):
        return documents
    steps = tuple(step for document in documents for step in _read_document(document, path, system))
    return Pipeline(path, system, steps, _read_events(documents[0], system))


def _read_events(document: Yaml, system: str) -> tuple[str, ...]:
    if system == "github":
        events = document.get("on") or document.get("true")
        return tuple(events.pairs()) if events.is_mapping else events.texts()
    if system == "azure":
        return tuple(key for key in ("trigger", "pr", "schedules") if document.get(key))
    return ("push",)


def _read_document(document: Yaml, path: str, system: str) -> Iterator[PipelineStep]:
    jobs = document.get("jobs")
    keys = _RUN_KEYS if system != "github" else frozenset({"run"})  # `script` belongs to an action there
    if system in ("github", "circleci") and jobs.is_mapping:
        for name, _, job in jobs.items():
            yield from _read_value(job, path, name, depth=0, keys=keys)
            if job.get("uses"):
                yield PipelineStep(Location(path, job.get("uses").line), "", job.get("uses").text, name)
        for name, _, command in document.get("commands").items():
            yield from _read_value(command.get("steps"), path, name, depth=0)
        return
    yield from _read_value(document, path, "", depth=0, keys=keys)


def _read_value(
    value: Yaml, path: str, job: str, *, depth: int, keys: frozenset[str] = _RUN_KEYS
) -> Iterator[PipelineStep]:
    """Steps anywhere below: the systems differ in their nesting, hardly in the keys of a step."""
    if depth > MAXIMUM_STEP_DEPTH:
        return
    for element in value.elements():
        yield from _read_value(element, path, job, depth=depth + 1, keys=keys)
    for key, line, item in value.items():
        if key in keys and not (item.is_mapping or _holds_tables(item)):
            yield from _read_run(item, path, job)
        elif key in ("uses", "pipe") and item.text and depth:
            yield PipelineStep(Location(path, line), "", item.text, job)
        elif item.is_mapping or item.is_list:
            name = job if job and key in _CONTAINERS else key if key not in _CONTAINERS else job
            yield from _read_value(item, path, name or job, depth=depth + 1, keys=keys)


_CONTAINERS = frozenset(
    "jobs steps stages stage step parallel pipelines default branches run script env with services deploy "
    "task phases build install pre_build post_build strategy matrix inputs variables".split()
)


def _holds_tables(value: Yaml) -> bool:
    return any(part.is_mapping for part in value.elements())


def _read_run(value: Yaml, path: str, job: str) -> Iterator[PipelineStep]:
    for part in value.parts():
        for inner in part.parts():
            if inner.text:
                yield PipelineStep(Location(path, inner.text_line), inner.text.strip(), "", job)


def _read_jenkins(text: str, path: str) -> Iterator[PipelineStep]:
    """`sh '...'` of a Jenkinsfile with the stage it stands in."""
    job = ""
    pattern = re.compile(
        r"stage\s*\(?\s*['\"]([^'\"]+)['\"]|\bsh\s*\(?\s*(?:script:\s*)?('''|\"\"\"|'|\")(.*?)\2", re.DOTALL
    )
    for match in pattern.finditer(text):
        if match[1]:
            job = match[1]
        else:
            line = text.count("\n", 0, match.start(3)) + 1
            yield PipelineStep(Location(path, line), match[3].strip(), "", job)
