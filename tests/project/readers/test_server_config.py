from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tenfold.project.files import File, Files
from tenfold.project.model import Known, Location
from tenfold.project.readers.server_config import read_servers
from tenfold.project.repository import Command, Repository
from tenfold.project.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Problem
    from tenfold.project.servers import AppServer


def command(text: str, *, role: str = "web", phase: str = "start", **environment: str) -> Command:
    return Command(
        words=tuple(shlex.split(text)),
        text=text,
        where=Location("Procfile", 1),
        service="web",
        origin="procfile",
        role=role,
        phase=phase,
        environment=environment,
    )


def read(
    root: Path, texts: dict[str, str], *commands: Command
) -> tuple[tuple[AppServer, ...], tuple[Problem, ...]]:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    files = Files(tuple(File(path, len(text), True) for path, text in sorted(texts.items())), Known(False))
    servers, problems = read_servers(root, files, Source(()), Repository(commands=commands))
    return servers.apps, problems


def test_a_command_line_overrules_the_file_that_it_names(tmp_path: Path) -> None:
    conf = "workers = 2\nkeepalive = 60\n"
    (app,), problems = read(
        tmp_path, {"wsgi/config.py": conf}, command("gunicorn -c wsgi/config.py -w 4 shop.wsgi")
    )
    assert problems == ()
    assert (app.kind, app.service, app.config_path, app.complete) == (
        "gunicorn",
        "web",
        "wsgi/config.py",
        True,
    )
    assert [p.value for p in app.possible("workers")] == [4]
    assert app.possible("keepalive")[0].where == Location("wsgi/config.py", 2)


def test_a_path_inside_the_image_finds_the_file_of_the_repository(tmp_path: Path) -> None:
    (app,), _ = read(
        tmp_path, {"deploy/g.py": "workers = 2\n"}, command("gunicorn --config=/app/deploy/g.py a")
    )
    assert app.config_path == "deploy/g.py"


def test_a_file_that_is_not_in_the_repository_leaves_the_server_incomplete(tmp_path: Path) -> None:
    (app,), _ = read(tmp_path, {}, command("gunicorn -c /etc/g.py shop.wsgi"))
    assert not app.complete


def test_gunicorns_own_file_name_is_used_without_being_named(tmp_path: Path) -> None:
    (app,), _ = read(tmp_path, {"gunicorn.conf.py": "workers = 2\n"}, command("gunicorn shop.wsgi"))
    assert [p.value for p in app.possible("workers")] == [2]


def test_a_configuration_that_no_command_names_is_a_server_of_its_own(tmp_path: Path) -> None:
    texts = {"etc/gunicorn.py": "bind = ':80'\n", "docker/uwsgi.ini": "[uwsgi]\nprocesses = 4\n"}
    apps, _ = read(tmp_path, texts)
    assert [(app.kind, app.service, app.config_path) for app in apps] == [
        ("gunicorn", "", "etc/gunicorn.py"),
        ("uwsgi", "", "docker/uwsgi.ini"),
    ]


def test_the_commands_environment_decides_numbers_of_the_file(tmp_path: Path) -> None:
    conf = "import os\nworkers = int(os.environ.get('W', 1))\n"
    (app,), _ = read(tmp_path, {"gunicorn.conf.py": conf}, command("gunicorn shop.wsgi", W="6"))
    assert app.possible("workers")[0].value == 6


def test_the_file_overrules_web_concurrency_and_the_command_overrules_both(tmp_path: Path) -> None:
    (app,), _ = read(tmp_path, {}, command("gunicorn shop.wsgi", WEB_CONCURRENCY="3"))
    assert app.possible("workers")[0].value == 3
    (app,), _ = read(
        tmp_path, {"gunicorn.conf.py": "workers = 2\n"}, command("gunicorn shop.wsgi", WEB_CONCURRENCY="3")
    )
    assert app.possible("workers")[0].value == 2


def test_a_uwsgi_command_takes_the_file_it_names(tmp_path: Path) -> None:
    (app,), _ = read(
        tmp_path, {"etc/uwsgi.ini": "[uwsgi]\nprocesses = 4\n"}, command("uwsgi /code/etc/uwsgi.ini")
    )
    assert (app.config_path, app.possible("processes")[0].value) == ("etc/uwsgi.ini", 4)


def test_a_server_behind_wrappers_and_before_other_commands_is_found(tmp_path: Path) -> None:
    apps, _ = read(
        tmp_path,
        {},
        command("uv run gunicorn shop.wsgi --workers 2 && echo 3"),
        command("python -m uvicorn shop.asgi:app", role=""),
        command("monofy migrate ||| gunicorn shop.wsgi --workers 5 ||| run-tasks"),
    )
    assert [(app.kind, [p.value for p in app.possible("workers")]) for app in apps] == [
        ("gunicorn", [2]),
        ("uvicorn", []),
        ("gunicorn", [5]),
    ]


def test_installing_or_building_starts_no_server(tmp_path: Path) -> None:
    apps, _ = read(
        tmp_path,
        {},
        command("pip install gunicorn"),
        command("gunicorn --check-config", phase="build"),
        command("celery -A shop worker", role="worker"),
    )
    assert apps == ()


def test_a_file_that_gunicorn_could_not_start_with_is_a_problem(tmp_path: Path) -> None:
    apps, (problem,) = read(tmp_path, {"gunicorn.conf.py": "workers = 2\nbind = (\n"})
    assert apps == ()
    assert problem.where == Location("gunicorn.conf.py", 2)


def test_a_server_that_is_started_without_arguments_is_read(tmp_path: Path) -> None:
    (app,), problems = read(tmp_path, {}, command("gunicorn", GUNICORN_CMD_ARGS="--workers 4 shop.wsgi"))
    assert problems == ()
    assert [p.value for p in app.possible("workers")] == [4]
