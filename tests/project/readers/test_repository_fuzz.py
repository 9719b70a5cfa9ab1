"""Whatever stands in the files, the readers give facts or problems, and end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenfold.project.files import File, Files
from tenfold.project.model import Known
from tenfold.project.readers.dependencies import read_dependencies
from tenfold.project.readers.repository import read_repository
from tests.builders import write_files

if TYPE_CHECKING:
    import pytest

SEEDS = {
    "Dockerfile": 'FROM python:3.12 AS a\nENV A=1 B="x y"\nRUN <<E\nmake\nE\nCOPY . /app\nENTRYPOINT ["/app/s.sh"]\n',
    "s.sh": 'c="$@"\nset -- "$@"\nf() { echo "$(date)"; }\nif [ "$1" = a ]; then f; elif true; then :; else g; fi\n'
    'case "$1" in a|b) x ;; *) exec "$@" ;; esac\ncat <<E\nx\nE\n./s.sh ${A:-${B:-1}} && (y || z) &\n',
    "docker-compose.yml": "x: &x\n  image: a\nservices:\n  w:\n    <<: *x\n    extends: w\n    build: {context: .}\n"
    "    command: ./s.sh a\n    environment: [A=1]\n    deploy: {replicas: 2}\n",
    "Procfile": "web: ./s.sh a\nrelease: python manage.py migrate\n",
    "a.service": "[Service]\nEnvironment='A=1 B=2'\nExecStart=-/x/gunicorn a \\\n  -w 2\n",
    "supervisord.conf": "[program:a]\ncommand=./s.sh %(x)s\nenvironment=A=\"1\",B='2'\n",
    "uwsgi.ini": "[uwsgi]\nif-env = A\nattach-daemon = a b\nhook-pre-app = exec:./s.sh\nendif =\n",
    "fly.toml": '[deploy]\nrelease_command = "a"\n[processes]\nweb = "b"\n',
    "app.json": '{"scripts": {"postdeploy": "a"}}',
    "k8s/a.yaml": "apiVersion: v1\nkind: Deployment\nspec: {template: {spec: {containers: [{command: [a, b]}]}}}\n",
    "Makefile": "a: b\n\t@x && \\\n\t y\n",
    "package.json": '{"scripts": {"a": "b && c"}}',
    ".github/workflows/a.yml": "on: {push: {}}\njobs:\n  a:\n    steps:\n"
    "      - run: |\n          x\n      - uses: b\n",
    ".gitlab-ci.yml": "a:\n  script: [[x], y]\n",
    "Jenkinsfile": "stage('a') { sh '''x''' }\n",
    ".pre-commit-config.yaml": "repos:\n- repo: a\n  rev: b\n  hooks: [{id: c}]\n",
    ".env": "export A='b'\nSECRET_KEY=abc # c\n",
    ".gitignore": "*.env\n!/a/[b-]/**/c\n",
    "pyproject.toml": '[project]\ndependencies = ["a>=1"]\n[tool.poetry.dependencies]\nb = {version = "1"}\n',
    "requirements.txt": "-r requirements.txt\na==1 \\\n --hash=x\n-e git+https://x/y.git#egg=z\n",
    "Pipfile": '[packages]\na = "*"\n[requires]\npython_version = "3.12"\n',
    "Pipfile.lock": '{"default": {"a": {"version": "==1"}}}',
    "uv.lock": '[[package]]\nname = "a"\nversion = "1"\n',
    "setup.py": "setup(install_requires=['a'], extras_require={'b': ['c']})\n",
    "setup.cfg": "[options]\ninstall_requires =\n  a\n[options.extras_require]\nb = c\n",
    "environment.yml": "dependencies: [a=1, {pip: [b]}]\n",
}
PIECES = st.sampled_from(
    [
        *"\n\t '\"`$(){}[]<>|&;:,=#\\-*!%@~^?/\0\r\u2028\x85é",
        "[]",
        "{}",
        "null",
        "&a *a",
        "<<: ",
        "- ",
        "$(",
        "${",
        "<<E",
        "1e999",
        "!!x ",
        "if ",
        "fi",
        "case ",
        "esac",
        "do ",
        "done",
        "in ",
        "0x",
        "[[",
        "((",
        "\r\n",
        "\ufeff",
        "|||",
        "%(",
    ]
)
EXAMPLES = int(os.environ.get("TENFOLD_FUZZ", "200"))


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """One seed with cuts, doubled parts and strange pieces put in."""
    path = draw(st.sampled_from(sorted(SEEDS)))
    text = SEEDS[path]
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            text = text[:start] + text[end:]
        elif kind == 1:
            text = text[:end] + text[start:end] * draw(st.integers(1, 4)) + text[end:]
        else:
            text = text[:start] + draw(PIECES) * draw(st.sampled_from([1, 1, 1, 2, 70])) + text[start:]
    return path, text


def test_no_mutated_file_stops_the_readers(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("fuzz")
    write_files(root, SEEDS)
    Files(tuple(File(path, len(text), True) for path, text in sorted(SEEDS.items())), git=Known(False))

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(mutated())
    def check(change: tuple[str, str]) -> None:
        path, text = change
        write_files(root, {path: text})
        # The changed file beside the script that most of them start: all seeds together would be slow.
        files = Files(tuple(File(name, 100, True) for name in sorted({path, "s.sh"})), git=Known(False))
        try:
            repository, problems = read_repository(root, files)
            dependencies, more = read_dependencies(root, files, repository)
            for command in repository.commands:
                assert command.words
                assert command.where.path in SEEDS
                command.option("-w", "--workers")
                command.resolve(command.text)
            repository.ignores("a/b/.env")
            for requirement in dependencies.declared:
                dependencies.version(requirement.name)
            assert all(problem.next_step and problem.where.path in SEEDS for problem in (*problems, *more))
        finally:
            write_files(root, {path: SEEDS[path]})

    check()
