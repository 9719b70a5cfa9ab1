"""Dockerfiles and compose files together: a service runs its image's entrypoint with its own command."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING

from tenfold.project.model import Problem
from tenfold.project.readers.repository_files.compose import read_compose, services_of
from tenfold.project.readers.repository_files.configurations import expand_configurations
from tenfold.project.readers.repository_files.dockerfile import Image, read_dockerfile, run_build, run_image
from tenfold.project.readers.repository_files.documents import Yaml, read_yaml
from tenfold.project.readers.repository_files.environment import read_variables
from tenfold.project.readers.repository_files.finder import script_finder
from tenfold.project.readers.repository_files.launch import Start, run_words
from tenfold.project.readers.repository_files.purpose import purpose_of, purpose_of_words
from tenfold.project.repository import DEVELOPMENT, PRODUCTION, UNSURE, ComposeFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.files import Files
    from tenfold.project.readers.repository_files.compose import Started
    from tenfold.project.readers.texts import Texts
    from tenfold.project.repository import Command, Dockerfile

_DOCKERFILE = re.compile(
    r"(?:dockerfile|containerfile)(?:[._-].+)?|.+\.(?:dockerfile|containerfile)", re.IGNORECASE
)
_NOT_DOCKERFILE = re.compile(
    r".*\.(?:py|md|rst|txt|html|j2|dockerignore|ya?ml|sh|js)$|.*ignore$", re.IGNORECASE
)
_COMPOSE = ("docker-compose*.y*ml", "compose*.y*ml", "*.compose.y*ml", "*-compose.y*ml")
_COMPOSE_FOLDERS = (
    "local.yml",
    "production.yml",
    "staging.yml",
    "dev.yml",
    "docker-stack*.y*ml",
    "stack.y*ml",
)


@dataclass(frozen=True)
class Containers:
    commands: tuple[Command, ...]
    dockerfiles: tuple[Dockerfile, ...]
    compose: tuple[ComposeFile, ...]


def is_dockerfile(name: str) -> bool:
    return bool(_DOCKERFILE.fullmatch(name)) and not _NOT_DOCKERFILE.fullmatch(name)


def is_compose(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in (*_COMPOSE, *_COMPOSE_FOLDERS))


def read_containers(files: Files, texts: Texts) -> Containers:
    """Every Dockerfile and compose file of the repository, and the commands that they run."""
    dockerfiles, stages = _read_dockerfiles(files, texts)
    commands: list[Command] = []
    for dockerfile in dockerfiles:
        commands += _run_dockerfile(dockerfile, stages[dockerfile.path][""], files, texts=texts)
    compose: list[ComposeFile] = []
    for path, services in _read_compose_files(files, texts):
        images = {s.service.name: _image_of(s, stages) for s in services}
        started = [c for s in services for c in _run_service(s, images[s.service.name], files, texts=texts)]
        purpose = _purpose_of_compose(path, services, started, files=files)
        commands += [replace(command, purpose=purpose) for command in started]
        compose.append(ComposeFile(path, purpose, tuple(s.service for s in services)))
    return Containers(tuple(commands), tuple(dockerfiles), tuple(compose))


def _read_dockerfiles(files: Files, texts: Texts) -> tuple[list[Dockerfile], dict[str, dict[str, Image]]]:
    found: list[Dockerfile] = []
    stages: dict[str, dict[str, Image]] = {}
    for file in files.all:
        if is_dockerfile(file.name) and (text := texts.get(file.path)) is not None:
            facts, images = read_dockerfile(text, file.path, purpose_of(file.path, PRODUCTION))
            if facts.stages:
                found.append(facts)
                stages[file.path] = images
    return [_settle_purpose(facts, found) for facts in found], stages


def _settle_purpose(facts: Dockerfile, everything: list[Dockerfile]) -> Dockerfile:
    """A bare Dockerfile that runs the development server beside one for production is for development."""
    if purpose_of(facts.path) != UNSURE:
        return facts
    named = purpose_of_words(facts.stages[-1].name) if facts.stages[-1].name else UNSURE
    others = any(purpose_of(other.path) == PRODUCTION for other in everything)
    if named not in (UNSURE, PRODUCTION) or (others and "runserver" in " ".join(facts.command)):
        return replace(facts, purpose=DEVELOPMENT if named == UNSURE else named)
    return facts


def _folders_of(path: str) -> tuple[str, ...]:
    """Where paths of the image may lie in the repository: its root, then each folder down to the file."""
    parts = path.split("/")[:-1]
    return ("", *("/".join(parts[: index + 1]) for index in range(len(parts))))


def _run_dockerfile(facts: Dockerfile, image: Image, files: Files, *, texts: Texts) -> Iterator[Command]:
    folders = _folders_of(facts.path)
    scripts = script_finder(files, texts, image=image, folders=folders)
    build = Start(facts.path, "dockerfile", facts.purpose, "build", image.environment)
    yield from run_build(texts.get(facts.path) or "", facts.path, build)
    start = Start(facts.path, "dockerfile", facts.purpose, "start", image.environment)
    started = run_image(image, facts.path, start, scripts=scripts)
    yield from expand_configurations(started, files, texts, image=image, folders=folders)


def _read_compose_files(files: Files, texts: Texts) -> Iterator[tuple[str, tuple[Started, ...]]]:
    for file in files.all:
        if not is_compose(file.name) or (text := texts.get(file.path)) is None:
            continue
        if "services:" not in text and "compose" not in file.name:  # local.yml may be anything
            continue
        documents = read_yaml(text, file.path)
        if isinstance(documents, Problem):
            texts.note(documents)
        elif services := read_compose(
            documents[0], file.path, open_services=partial(_open_services, files, texts)
        ):
            yield file.path, services


def _open_services(files: Files, texts: Texts, path: str) -> Yaml:
    """The services of a file that another one extends; empty when it is not there or broken."""
    text = texts.get(path) if path in files else None
    documents = read_yaml(text, path) if text is not None else ()
    return services_of(documents[0]) if isinstance(documents, tuple) and documents else Yaml()


def _image_of(started: Started, stages: Mapping[str, Mapping[str, Image]]) -> Image | None:
    found = stages.get(started.service.build)
    return (found.get(started.target.lower()) or found.get("")) if found else None


def _run_service(started: Started, image: Image | None, files: Files, *, texts: Texts) -> Iterator[Command]:
    """What a service starts. One that changes nothing of its image adds nothing to the Dockerfile's own."""
    if started.command is None and started.entrypoint is None and (image is None or not started.target):
        return
    image = image or Image("")
    environment = {
        **image.environment,
        **_read_env_files(started, files, texts),
        **started.service.environment,
    }
    start = Start(started.service.name, "compose", UNSURE, environment=environment, fixed_environment=True)
    folders = (started.context, *_folders_of(started.service.where.path))
    scripts = script_finder(files, texts, image=image, folders=folders)
    entrypoint = image.entrypoint if started.entrypoint is None else started.entrypoint
    default = image.command if started.entrypoint is None else ()
    words = (*entrypoint, *(default if started.command is None else started.command))
    where = started.entrypoint_where if started.command is None else started.command_where
    commands = run_words(words, where, start, scripts=scripts) if words else ()
    yield from expand_configurations(commands, files, texts, image=image, folders=folders)


def _read_env_files(started: Started, files: Files, texts: Texts) -> dict[str, str]:
    environment: dict[str, str] = {}
    for path in started.env_files:
        text = texts.get(path) if path in files else None
        if text is not None:
            environment.update((name, value) for name, value, _ in read_variables(text))
    return environment


def _purpose_of_compose(
    path: str, services: tuple[Started, ...], commands: list[Command], *, files: Files
) -> str:
    named = purpose_of(path)
    if named != UNSURE:
        return named
    if any(s.mounts_source and (s.service.build or s.command is not None) for s in services):
        return DEVELOPMENT
    if any(purpose_of_words(s.target) == DEVELOPMENT for s in services if s.target):
        return DEVELOPMENT
    develops = any(c.role == "development server" or c.option("--reload") is not None for c in commands)
    siblings = any(is_compose(f.name) and purpose_of(f.path) == PRODUCTION for f in files.all)
    return DEVELOPMENT if develops and siblings else UNSURE
