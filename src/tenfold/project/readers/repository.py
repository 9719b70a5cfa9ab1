"""Reads what surrounds the code: how it is built, started, checked and deployed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.files import Files
from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.containers import read_containers
from tenfold.project.readers.repository_files.deployments import is_deployment
from tenfold.project.readers.repository_files.environment import read_environment_files
from tenfold.project.readers.repository_files.hooks import NAMES as HOOK_NAMES
from tenfold.project.readers.repository_files.hooks import read_hooks
from tenfold.project.readers.repository_files.hosts import read_hosts, read_loose_scripts
from tenfold.project.readers.repository_files.kubernetes import is_manifest
from tenfold.project.readers.repository_files.launch import Start, run_text
from tenfold.project.readers.repository_files.pipelines import read_pipeline, system_of
from tenfold.project.readers.repository_files.purpose import purpose_of, purpose_of_words
from tenfold.project.readers.repository_files.rollouts import read_rollouts
from tenfold.project.readers.repository_files.tools import read_tools
from tenfold.project.readers.texts import Texts
from tenfold.project.repository import PRODUCTION, TESTING, UNSURE, Repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenfold.project.files import File
    from tenfold.project.repository import Command, Hook, Pipeline

_SCRIPTS = frozenset("js mjs cjs ts".split())
_SOURCES = _SCRIPTS | frozenset(
    "py pyi html htm jinja css scss sass less map svg png jpg jpeg gif ico webp woff woff2 ttf eot otf po mo "
    "pot md rst txt csv tsv pdf vue jsx "
    "tsx svelte graphql gql snap sql xml ipynb mp4 mp3 wav zip gz lock hbs "
    "pyc".split()
)
_NAMED_SOURCES = frozenset("manage.py local_settings.py fabfile.py noxfile.py zappa_settings.py".split())
_DEPLOYS = re.compile(r"(?:^|[^a-z])(?:deploy|release|production|prod|rollout|migrate)(?:[^a-z]|$)")
_TESTS = re.compile(r"(?:^|[^a-z])(?:test|tests|check|lint|ci|e2e|preview)(?:[^a-z]|$)")


def read_repository(root: Path, files: Files) -> tuple[Repository, tuple[Problem, ...]]:
    """The facts of the repository; files that cannot be used become problems."""
    texts = Texts(root)
    files = _leave_out_sources(files)
    containers = read_containers(files, texts)
    pipelines = tuple(_read_pipelines(files, texts))
    commands = [*containers.commands, *read_hosts(files, texts)]
    commands += read_loose_scripts(files, texts, commands)
    commands += _run_pipelines(pipelines)
    hooks, hooks_path = _read_hooks(files, texts)
    repository = Repository(
        commands=tuple(commands),
        dockerfiles=containers.dockerfiles,
        compose=containers.compose,
        pipelines=pipelines,
        hooks=hooks,
        hooks_path=hooks_path,
        environment_files=tuple(read_environment_files(files, texts)),
        ignore_patterns=tuple(_read_ignore_patterns(files, texts)),
        tool_tables=read_tools(files, texts),
        deployments=tuple(_read_deployments(files, texts)),
        rollouts=tuple(read_rollouts(files, texts)),
        manage=_find_manage(files),
    )
    return repository, tuple(texts.problems)


def _leave_out_sources(files: Files) -> Files:
    """The files without sources, templates and pictures: what is left is small enough to be asked often."""
    kept = tuple(file for file in files.all if _may_matter(file))
    return Files(all=kept, git=files.git, ignored=files.ignored)


def _may_matter(file: File) -> bool:
    name = file.path.rpartition("/")[2]
    ending = name.rpartition(".")[2]
    return ending not in _SOURCES or name in _NAMED_SOURCES or ("/" not in file.path and ending in _SCRIPTS)


def _read_pipelines(files: Files, texts: Texts) -> Iterator[Pipeline]:
    for file in files.all:
        if not system_of(file.path) or (text := texts.get(file.path)) is None:
            continue
        pipeline = read_pipeline(text, file.path)
        if isinstance(pipeline, Problem):
            texts.note(pipeline)
        else:
            yield pipeline


def _run_pipelines(pipelines: tuple[Pipeline, ...]) -> Iterator[Command]:
    """The steps of CI that have a role or run a management command, as commands."""
    for pipeline in pipelines:
        name = pipeline.path.rpartition("/")[2].lower()
        for step in pipeline.steps:
            if not step.run:
                continue
            about = f"{name} {step.job.lower()}"
            deploys = bool(_DEPLOYS.search(about)) and not _TESTS.search(about)
            purpose, phase = (PRODUCTION, "release") if deploys else (TESTING, "build")
            start = Start(step.job or name, "ci", purpose, phase)
            found = run_text(step.run, step.where, start)
            yield from (command for command in found if command.role or command.management)


def _read_hooks(files: Files, texts: Texts) -> tuple[tuple[Hook, ...], str]:
    for path in HOOK_NAMES:
        text = texts.get(path) if path in files else None
        if text is not None:
            hooks = read_hooks(text, path)
            if isinstance(hooks, Problem):
                texts.note(hooks)
                return (), path
            return hooks, path
    return (), ""


def _read_ignore_patterns(files: Files, texts: Texts) -> Iterator[tuple[str, str, int]]:
    for file in files.named(".gitignore"):
        for line, content in enumerate((texts.get(file.path) or "").splitlines(), start=1):
            pattern = re.sub(r"(?<!\\)\s+$", "", content)
            if pattern and not pattern.startswith("#"):
                yield file.path, pattern, line


def _read_deployments(files: Files, texts: Texts) -> Iterator[Location]:
    for file in files.all:
        if purpose_of(file.path.rpartition("/")[0]) == TESTING:
            continue
        if is_deployment(file.path):
            yield Location(file.path, 1)
        elif file.name.endswith((".yaml", ".yml")) and re.search(
            r"k8s|kube|helm|chart|manifest|deploy", file.path
        ):
            text = texts.get(file.path) if file.size < 200_000 else None
            if text and is_manifest(text):
                yield Location(file.path, 1)


def _find_manage(files: Files) -> tuple[str, ...]:
    """manage.py files: those of tests and examples last, else nearest to the root first."""
    paths = [file.path for file in files.named("manage.py")]

    def rank(path: str) -> tuple[bool, int, str]:
        return purpose_of_words(path.rpartition("/")[0]) not in (UNSURE, PRODUCTION), path.count("/"), path

    return tuple(sorted(paths, key=rank))
