from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.model import Location
from tenfold.project.readers.files import read_files
from tenfold.project.readers.repository import read_repository
from tenfold.project.repository import DEVELOPMENT, PRODUCTION, TESTING, UNSURE
from tests.builders import write_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tenfold.project.model import Problem
    from tenfold.project.repository import Command, Repository

    Read = Callable[[Mapping[str, str]], Repository]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_them(contents: Mapping[str, str]) -> Repository:
        repository, problems = _read(tmp_path, contents)
        assert problems == ()
        return repository

    return read_them


def _read(root: Path, contents: Mapping[str, str]) -> tuple[Repository, tuple[Problem, ...]]:
    write_files(root, contents)
    files, _ = read_files(root)
    return read_repository(root, files)


def _only(commands: tuple[Command, ...], role: str) -> Command:
    found = [command for command in commands if command.role == role]
    assert len(found) == 1, found
    return found[0]


ENTRYPOINT = """#!/bin/sh
set -e
if [ "$1" = '/venv/bin/uwsgi' ]; then
    python manage.py migrate --noinput
fi
exec "$@"
"""


def test_an_entrypoint_hands_over_to_the_command_and_keeps_its_conditions(read: Read) -> None:
    repository = read(
        {
            "Dockerfile": 'FROM python:3.12\nCOPY . /code\nENTRYPOINT ["/code/start.sh"]\nCMD ["uwsgi", "x.ini"]\n',
            "start.sh": ENTRYPOINT,
        }
    )
    migrate = _only(repository.commands, "migrate")
    assert migrate.where == Location("start.sh", 4)
    assert migrate.condition == "if [ \"$1\" = '/venv/bin/uwsgi' ]"
    assert migrate.never
    assert list(repository.running("migrate")) == []
    web = _only(repository.commands, "web")
    assert (web.words, web.where, web.condition) == (("uwsgi", "x.ini"), Location("Dockerfile", 3), "")
    assert web.step > migrate.step


def test_a_condition_that_holds_for_the_given_argument_is_no_condition(read: Read) -> None:
    repository = read(
        {
            "Dockerfile": 'FROM python:3.12\nCOPY start.sh /\nENTRYPOINT ["/start.sh"]\nCMD ["/venv/bin/uwsgi"]\n',
            "start.sh": ENTRYPOINT,
        }
    )
    migrate = next(repository.running("migrate"))
    assert (migrate.condition, migrate.never, migrate.phase) == ("", False, "start")


def test_uwsgi_hooks_and_daemons_are_commands_of_the_service_that_runs_uwsgi(read: Read) -> None:
    ini = (
        "[uwsgi]\nhook-pre-app = exec:./manage.py migrate\nattach-daemon = ./manage.py sendalerts\n"
        "if-env = SMTPD_PORT\nattach-daemon = ./manage.py smtpd --port %(_)\nendif =\n"
    )
    repository = read(
        {
            "docker/Dockerfile": 'FROM python:3.12\nWORKDIR /opt/x\nCOPY . .\nCMD ["uwsgi", "/opt/x/docker/u.ini"]\n',
            "docker/u.ini": ini,
        }
    )
    found = [(c.management, c.where.line, c.origin, c.service, c.condition) for c in repository.commands[1:]]
    assert found == [
        ("migrate", 2, "uwsgi", "docker/Dockerfile", ""),
        ("sendalerts", 3, "uwsgi", "docker/Dockerfile", ""),
        ("smtpd", 5, "uwsgi", "docker/Dockerfile", "if-env = SMTPD_PORT"),
    ]
    assert [c.step for c in repository.commands] == [0, 1, 2, 3]


def test_run_instructions_are_of_the_build_phase_at_their_own_lines(read: Read) -> None:
    repository = read(
        {
            "Dockerfile": "FROM python:3.12\nRUN apt-get update && \\\n  # a comment\n  ./manage.py collectstatic\n"
        }
    )
    command = _only(repository.commands, "collectstatic")
    assert (command.phase, command.where) == ("build", Location("Dockerfile", 4))


def test_a_compose_service_runs_the_entrypoint_of_its_image_with_its_own_command(read: Read) -> None:
    repository = read(
        {
            "Dockerfile": 'FROM python:3.12\nCOPY . /app\nENTRYPOINT ["/app/start.sh"]\nCMD ["gunicorn", "a.wsgi"]\n',
            "start.sh": '#!/bin/sh\npython manage.py migrate\nexec "$@"\n',
            "docker-compose.yml": (
                "services:\n  worker:\n    build: .\n    command: celery -A a worker\n"
                "    environment:\n      - A=1\n    env_file: web.env\n"
            ),
            "web.env": "A=0\nB=2\n",
        }
    )
    worker = _only(repository.commands, "worker")
    assert (worker.service, worker.origin, worker.purpose) == ("worker", "compose", UNSURE)
    assert worker.environment["A"] == "1"
    assert worker.environment["B"] == "2"
    assert [c.service for c in repository.commands if c.role == "migrate"] == ["Dockerfile", "worker"]


def test_scripts_that_the_image_renames_are_found(read: Read) -> None:
    folder = "compose/production/django"
    repository = read(
        {
            f"{folder}/Dockerfile": (
                "FROM docker.io/python:3.12 AS python\nFROM python AS run\nWORKDIR /app\n"
                f"COPY --chown=a:a ./{folder}/entrypoint /entrypoint\n"
                f"COPY ./{folder}/celery/worker/start /start-worker\nCOPY . /app\n"
                'ENTRYPOINT ["/entrypoint"]\n'
            ),
            f"{folder}/entrypoint": '#!/bin/bash\nset -o errexit\nexec "$@"\n',
            f"{folder}/celery/worker/start": "#!/bin/bash\nexec celery -A config.celery_app worker -l INFO\n",
            "compose/local/django/celery/worker/start": "#!/bin/bash\nexec watchmedo x\n",
            "production.yml": (
                "services:\n  celeryworker:\n    build:\n      context: .\n"
                f"      dockerfile: ./{folder}/Dockerfile\n    command: /start-worker\n"
            ),
        }
    )
    (worker,) = repository.running("worker")
    assert (worker.where.path, worker.service, worker.purpose) == (
        f"{folder}/celery/worker/start",
        "celeryworker",
        PRODUCTION,
    )


def test_an_environment_that_compose_gives_decides_a_condition(read: Read) -> None:
    repository = read(
        {
            "start.sh": 'if [ "$ROLE" = "beat" ]; then\n  celery -A a beat\nelse\n  celery -A a worker\nfi\n',
            "compose.yaml": (
                "x-app: &app\n  image: a\n  command: ./start.sh\nservices:\n"
                "  b:\n    <<: *app\n    environment: {ROLE: beat}\n  w:\n    <<: *app\n    environment: {ROLE: w}\n"
            ),
        }
    )
    assert [c.service for c in repository.running("scheduler")] == ["b"]
    assert [c.service for c in repository.running("worker")] == ["w"]
    assert next(repository.running("worker")).condition == ""


@pytest.mark.parametrize(
    ("files", "purpose"),
    [
        ({"docker-compose.yml": "services:\n  a:\n    image: x\n    command: gunicorn a\n"}, UNSURE),
        ({"docker-compose.prod.yml": "services:\n  a:\n    image: x\n    command: gunicorn a\n"}, PRODUCTION),
        ({"docker-compose.dev.yml": "services:\n  a:\n    image: x\n    command: gunicorn a\n"}, DEVELOPMENT),
        ({"docker-compose.ci.yml": "services:\n  a:\n    image: x\n    command: gunicorn a\n"}, TESTING),
        (
            {
                "docker-compose.yml": "services:\n  a:\n    build: .\n    command: gunicorn a\n"
                "    volumes: ['.:/app']\n"
            },
            DEVELOPMENT,
        ),
        (
            {
                "compose.yml": "services:\n  a:\n    build: .\n    command: gunicorn a\n    volumes: ['./media:/m']\n"
            },
            UNSURE,
        ),
        (
            {".devcontainer/compose.yml": "services:\n  a:\n    image: x\n    command: gunicorn a\n"},
            DEVELOPMENT,
        ),
    ],
)
def test_the_purpose_of_compose_comes_from_its_name_and_content(
    read: Read, files: Mapping[str, str], purpose: str
) -> None:
    repository = read(files)
    assert repository.compose[0].purpose == purpose
    assert {c.purpose for c in repository.commands} == {purpose}


def test_a_procfile_tells_release_from_start_and_follows_scripts(read: Read) -> None:
    repository = read(
        {
            "Procfile": "release: python manage.py migrate\nweb: bash run.sh\n",
            "run.sh": "python manage.py collectstatic --noinput\ngunicorn shop.wsgi\n",
        }
    )
    found = [(c.role, c.service, c.phase, str(c.where), c.step) for c in repository.commands]
    assert found == [
        ("migrate", "release", "release", "Procfile:1", 0),
        ("collectstatic", "web", "start", "run.sh:1", 0),
        ("web", "web", "start", "run.sh:2", 1),
    ]


def test_a_procfile_for_windows_is_for_a_developers_machine(read: Read) -> None:
    repository = read({"Procfile.windows": "web: python manage.py runserver %PORT%\n"})
    assert [c.purpose for c in repository.commands] == ["development"]


def test_a_script_that_nothing_starts_is_read_when_it_starts_a_server(read: Read) -> None:
    repository = read(
        {
            "bin/run-prod.sh": "exec gunicorn shop.wsgi\n",
            "bin/tidy.sh": "rm -r x\n",
            "bin/test.sh": "gunicorn a\n",
        }
    )
    command = _only(repository.commands, "web")
    assert (command.service, command.origin, command.purpose) == ("bin/run-prod.sh", "script", PRODUCTION)


def test_units_and_their_drop_ins_are_read(read: Read) -> None:
    repository = read(
        {
            "deploy/shop@.service": "[Service]\nEnvironment=A=1\nExecStartPre=/x/manage.py migrate\n"
            "ExecStart=gunicorn a\n",
            "deploy/shop@.service.d/own.conf": "[Service]\nExecStart=\nExecStart=-/venv/bin/gunicorn \\\n  b -w 3\n",
        }
    )
    web = _only(repository.commands, "web")
    assert web.words == ("/venv/bin/gunicorn", "b", "-w", "3")
    assert web.where == Location("deploy/shop@.service.d/own.conf", 3)
    assert web.environment == {"A": "1"}
    assert _only(repository.commands, "migrate").step == 0


def test_supervisor_programs_are_services(read: Read) -> None:
    repository = read(
        {
            "etc/supervisord.conf": (
                "[program:web]\ncommand=gunicorn shop.wsgi ; the server\nenvironment=A=\"1\",B='x'\n"
                "[program:off]\ncommand=celery -A a worker\nautostart=false\n"
            )
        }
    )
    (command,) = repository.commands
    assert (command.service, command.origin, command.role) == ("web", "supervisor", "web")
    assert command.environment == {"A": "1", "B": "x"}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("fly.toml", '[deploy]\nrelease_command = "python manage.py migrate"\n', ("migrate", "release", 2)),
        ("fly.toml", '[processes]\nweb = "gunicorn a"\n', ("web", "start", 2)),
        ("render.yaml", "services:\n  - name: w\n    startCommand: gunicorn a\n", ("web", "start", 3)),
        ("app.json", '{"scripts": {\n"postdeploy": "python manage.py migrate"}}', ("migrate", "release", 2)),
        (
            "clevercloud/cron.json",
            '[\n"every Monday",\n"5 3 * * 1 FULL=1 ./manage.py migrate"\n]',
            ("migrate", "start", 3),
        ),
        ("heroku.yml", "release:\n  command:\n    - ./manage.py migrate\n", ("migrate", "release", 3)),
        ("app.yaml", "runtime: python\nentrypoint: gunicorn a\n", ("web", "start", 2)),
        ("railway.toml", '[deploy]\nstartCommand = "gunicorn a"\n', ("web", "start", 2)),
        (
            "config/deploy.yml",
            "service: a\nservers:\n  job:\n    cmd: celery -A a worker\n",
            ("worker", "start", 4),
        ),
        (
            "k8s/web.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n"
            "        - name: a\n          command: [gunicorn, a]\n",
            ("web", "start", 8),
        ),
        (
            "chart/templates/job.yaml",
            "{{- if .Values.x }}\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ .Release.Name }}-m\nspec:\n"
            "  template:\n    spec:\n      containers:\n        - image: {{ .Values.image }}\n"
            '          args: ["./manage.py", "migrate"]\n{{- end }}\n',
            ("migrate", "release", 11),
        ),
    ],
)
def test_platform_files_say_what_they_start(
    read: Read, path: str, text: str, expected: tuple[str, str, int]
) -> None:
    (command,) = read({path: text}).commands
    assert (command.role, command.phase, command.where.line) == expected
    assert (command.where.path, command.origin, command.purpose) == (path, "platform", PRODUCTION)


def test_make_targets_and_package_scripts_are_for_development(read: Read) -> None:
    repository = read(
        {
            "Makefile": "run: install\n\t@python manage.py runserver\n",
            "package.json": '{"scripts": {\n  "serve": "./manage.py runserver"\n}}',
        }
    )
    found = [(c.service, c.role, c.purpose, str(c.where)) for c in repository.commands]
    assert found == [
        ("run", "development server", DEVELOPMENT, "Makefile:2"),
        ("serve", "development server", DEVELOPMENT, "package.json:2"),
    ]


@pytest.mark.parametrize(
    ("path", "text", "system", "steps"),
    [
        (
            ".github/workflows/ci.yml",
            "on: [push]\njobs:\n  t:\n    steps:\n      - uses: actions/checkout@v4\n"
            "      - run: |\n          pytest\n",
            "github",
            [(5, "", "actions/checkout@v4", "t"), (7, "pytest", "", "t")],
        ),
        (".gitlab-ci.yml", "t:\n  script:\n    - pytest\n", "gitlab", [(3, "pytest", "", "t")]),
        (
            ".circleci/config.yml",
            "jobs:\n  t:\n    steps:\n      - run: pytest\n      - run:\n          command: ruff\n",
            "circleci",
            [(4, "pytest", "", "t"), (6, "ruff", "", "t")],
        ),
        (
            "azure-pipelines.yml",
            "trigger: [main]\nsteps:\n  - script: pytest\n",
            "azure",
            [(3, "pytest", "", "")],
        ),
        (".travis.yml", "script: pytest\n", "travis", [(1, "pytest", "", "")]),
        (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n    - step:\n        script:\n          - pytest\n",
            "bitbucket",
            [(5, "pytest", "", "")],
        ),
        ("Jenkinsfile", "stage('t') {\n  sh 'pytest'\n}\n", "jenkins", [(2, "pytest", "", "t")]),
    ],
)
def test_pipelines_have_steps_with_lines(
    read: Read, path: str, text: str, system: str, steps: list[tuple[int, str, str, str]]
) -> None:
    (pipeline,) = read({path: text}).pipelines
    assert pipeline.system == system
    assert [(s.where.line, s.run, s.uses, s.job) for s in pipeline.steps] == steps


def test_hooks_tools_deployments_and_manage_files_are_found(read: Read) -> None:
    repository = read(
        {
            ".pre-commit-config.yaml": "repos:\n- repo: https://x/ruff\n  rev: v1\n  hooks:\n  - id: ruff\n",
            "pyproject.toml": "[project]\n[tool.ruff.lint]\n[tool.black]\n",
            "setup.cfg": "[metadata]\n[flake8]\n[mypy-x.*]\n",
            "fly.toml": "app = 'x'\n",
            "tests/site/manage.py": "",
            "backend/manage.py": "",
        }
    )
    (hook,) = repository.hooks
    assert (hook.id, hook.revision, hook.where) == ("ruff", "v1", Location(".pre-commit-config.yaml", 5))
    assert repository.hooks_path == ".pre-commit-config.yaml"
    assert repository.tool_tables["ruff"] == Location("pyproject.toml", 2)
    assert {"black", "flake8", "ruff"} <= set(repository.tool_tables)
    assert repository.deployments == (Location("fly.toml", 1),)
    assert repository.manage == ("backend/manage.py", "tests/site/manage.py")


def test_ignore_patterns_answer_for_paths(read: Read) -> None:
    repository = read({".gitignore": "# secrets\n.env\n!.env.example\n"})
    assert repository.ignore_patterns == ((".gitignore", ".env", 2), (".gitignore", "!.env.example", 3))
    assert repository.ignores("shop/.env")
    assert not repository.ignores(".env.example")


def test_a_broken_file_is_a_problem_with_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    repository, problems = _read(
        tmp_path,
        {
            "docker-compose.yml": "services:\n  a: [\n",
            "fly.toml": "[deploy\n",
            "package.json": "{\n  nothing\n}",
            ".pre-commit-config.yaml": "repos: ]\n",
            "Procfile": "web: gunicorn a\n",
        },
    )
    assert [c.role for c in repository.commands] == ["web"]
    places = {str(problem.where) for problem in problems}
    assert places == {"docker-compose.yml:3", "fly.toml:1", "package.json:2", ".pre-commit-config.yaml:1"}
    assert all(problem.next_step for problem in problems)


def test_a_script_that_runs_itself_ends(read: Read) -> None:
    repository = read({"Procfile": "web: ./a.sh\n", "a.sh": "gunicorn a\n./a.sh\n"})
    assert 0 < len(repository.commands) < 20


def test_scripts_that_call_each_other_twice_do_not_multiply_without_end(read: Read) -> None:
    body = "./b.sh\n./b.sh\ngunicorn a\n" * 4
    repository = read({"Procfile": "web: ./a.sh\n", "a.sh": body, "b.sh": body.replace("b.sh", "a.sh")})
    assert len(repository.commands) < 1000


@pytest.mark.parametrize(
    "line",
    ['cmd="$@"', "cmd=$1", 'exec "$@"', '"$@"', "set -- $@", 'export A="$*"', 'f() { "$@"; }\nf', "sh $@"],
)
def test_arguments_that_are_not_given_leave_nothing(read: Read, line: str) -> None:
    files = {"Procfile": "web: ./start.sh\n", "start.sh": f"{line}\ngunicorn config.wsgi\n"}
    assert [command.program for command in read(files).commands if command.role == "web"] in (
        ["gunicorn"],
        [],
    )
