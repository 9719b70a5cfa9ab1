from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.readers.repository_files.kubernetes import is_manifest, read_manifests
from tenfold.project.readers.repository_files.launch import NO_SCRIPTS
from tenfold.project.repository import PRODUCTION

if TYPE_CHECKING:
    from tenfold.project.repository import Command

POD = "spec:\n  containers:\n  - command: [gunicorn]\n    args: [shop.wsgi]\n"


def indent(text: str, depth: int) -> str:
    return "".join(" " * depth + line + "\n" for line in text.splitlines())


def read(text: str) -> tuple[Command, ...]:
    commands, problem = read_manifests(text, "k8s/a.yaml", PRODUCTION, scripts=NO_SCRIPTS)
    assert problem is None
    return commands


@pytest.mark.parametrize(
    ("kind", "spec", "phase"),
    [
        ("Deployment", "spec:\n  template:\n" + indent(POD, 4), "start"),
        ("Job", "spec:\n  template:\n" + indent(POD, 4), "release"),
        ("CronJob", "spec:\n  jobTemplate:\n    spec:\n      template:\n" + indent(POD, 8), "start"),
        ("Pod", POD, "start"),
    ],
)
def test_each_kind_of_workload_has_its_containers_elsewhere(kind: str, spec: str, phase: str) -> None:
    (command,) = read(f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: web}}\n{spec}")
    assert command.words == ("gunicorn", "shop.wsgi")
    assert (command.service, command.phase) == ("web", phase)


def test_a_helm_template_is_read_with_its_marks_taken_for_words() -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n  annotations:\n"
        '    "helm.sh/hook": pre-upgrade\n{{- if .Values.web }}\n' + POD + "{{- end }}\n"
    )
    (command,) = read(text)
    assert (command.service, command.phase) == ("Release_Name", "release")


def test_a_template_that_no_marks_make_readable_is_a_problem_where_it_runs_something() -> None:
    broken = "kind: Pod\n{{ a }}: [\n"
    assert read(broken) == ()
    commands, problem = read_manifests(broken + "command: x\n", "k8s/a.yaml", PRODUCTION, scripts=NO_SCRIPTS)
    assert commands == ()
    assert problem is not None
    assert "rendered" in problem.what


def test_other_yaml_is_no_manifest() -> None:
    assert is_manifest("apiVersion: apps/v1\nkind: 'Deployment'\n")
    assert not is_manifest("apiVersion: v1\nkind: ConfigMap\n")
    assert not is_manifest("kind: Deployment\n")
