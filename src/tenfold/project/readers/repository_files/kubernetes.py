"""Kubernetes manifests and helm templates: what their containers start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.documents import read_yaml
from tenfold.project.readers.repository_files.launch import Start, run_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.readers.repository_files.documents import Yaml
    from tenfold.project.readers.repository_files.launch import Scripts
    from tenfold.project.repository import Command

_KIND = re.compile(
    r"^kind:\s*['\"]?(Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod|ReplicaSet|Rollout|Service)\b",
    re.MULTILINE,
)
_RUNS = re.compile(r"^[ \t-]*(?:command|args):", re.MULTILINE)
_API = re.compile(r"^apiVersion:", re.MULTILINE)


def is_manifest(text: str) -> bool:
    """Whether a YAML text describes workloads for Kubernetes (helm's templates included)."""
    return bool(_API.search(text) and _KIND.search(text))


def read_manifests(
    text: str, path: str, purpose: str, *, scripts: Scripts
) -> tuple[tuple[Command, ...], Problem | None]:
    """The commands of every workload; a helm template is read with its `{{ }}` taken for words. One that
    is no YAML even so is a Problem only where it says what a container runs: the rest tells nothing here."""
    documents = read_documents(text, path)
    if isinstance(documents, Problem):
        if "{{" not in text:
            return (), documents
        return (), _describe_template(documents) if _RUNS.search(text) else None
    commands: list[Command] = []
    for document in documents:
        commands += _read_workload(document, path, purpose, scripts=scripts)
    return tuple(commands), None


def _describe_template(problem: Problem) -> Problem:
    what = "is a template that cannot be read before it is rendered, so its commands are not known"
    return Problem(problem.where, what, "Audit what `helm template` prints, or exclude the file.")


def read_documents(text: str, path: str) -> tuple[Yaml, ...] | Problem:
    """The documents of a manifest; of a helm template with its `{{ }}` taken for words."""
    return read_yaml(_without_templates(text) if "{{" in text else text, path)


def _without_templates(text: str) -> str:
    """Lines that are only `{{ ... }}` become empty; `{{ x }}` inside a line becomes a word."""
    text = re.sub(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", "", text, flags=re.DOTALL)
    text = re.sub(r"^[ \t]*(?:-[ \t]*)?\{\{[^\n]*\}\}[ \t]*\r?$", "", text, flags=re.MULTILINE)
    return re.sub(
        r"\"?\{\{-?\s*([^\n]*?)\s*-?\}\}\"?", lambda m: re.sub(r"\W+", "_", m[1]).strip("_") or "x", text
    )


def _read_workload(document: Yaml, path: str, purpose: str, *, scripts: Scripts) -> Iterator[Command]:
    kind = document.get("kind").text
    template = document.get("spec", "template", "spec")
    if kind == "CronJob":
        template = document.get("spec", "jobTemplate", "spec", "template", "spec")
    elif kind == "Pod":
        template = document.get("spec")
    name = document.get("metadata", "name").text or kind
    hook = "helm.sh/hook" in document.get("metadata", "annotations").pairs()
    phase = "release" if kind == "Job" or hook else "start"
    for key in ("initContainers", "containers"):
        for container in template.get(key).elements():
            words = (*container.get("command").texts(), *container.get("args").texts())
            line = container.get("command").line or container.get("args").line
            environment = {
                e.get("name").text: e.get("value").text
                for e in container.get("env").elements()
                if e.get("value")
            }
            start = Start(name, "platform", purpose, phase, environment, fixed_environment=True)
            if words:
                yield from run_words(words, Location(path, line), start, scripts=scripts)
