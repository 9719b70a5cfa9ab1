from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.model import Problem
from tenfold.project.readers.repository import read_repository
from tenfold.project.readers.repository_files.compose import is_source_mount, read_compose
from tenfold.project.readers.repository_files.documents import read_yaml
from tests.builders import list_files, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.readers.repository_files.compose import Started
    from tenfold.project.readers.repository_files.documents import Yaml


def parse(text: str) -> Yaml:
    documents = read_yaml(text, "compose.yml")
    assert not isinstance(documents, Problem)
    return documents[0]


def services(text: str) -> dict[str, Started]:
    return {started.service.name: started for started in read_compose(parse(text), "deploy/compose.yml")}


def test_a_service_takes_what_it_extends_and_its_own_keys_win() -> None:
    found = services(
        "services:\n"
        "  base: {image: shop, command: gunicorn a, environment: {A: '1', B: '1'}}\n"
        "  web: {extends: base, environment: [B=2]}\n"
        "  job: {extends: {service: web}, command: [celery, worker]}\n"
    )
    assert found["web"].command == ("gunicorn", "a")
    assert found["job"].service.environment == {"A": "1", "B": "2"}
    assert (found["job"].service.image, found["job"].command) == ("shop", ("celery", "worker"))
    assert found["web"].service.keys == ("extends", "environment")


def test_a_service_of_another_file_is_extended_too(tmp_path: Path) -> None:
    files = {
        "compose.yml": "services:\n  web:\n    extends: {file: parts/base.yml, service: web}\n",
        "parts/base.yml": "services:\n  web: {extends: app, command: gunicorn shop.wsgi}\n  app: {image: shop}\n",
    }
    root = write_files(tmp_path, files)
    repository, problems = read_repository(root, list_files(root))
    assert not problems
    assert [c.words for c in repository.commands] == [("gunicorn", "shop.wsgi")]
    assert repository.compose[0].services[0].image == "shop"


@pytest.mark.parametrize(
    "extends", ["{file: gone.yml, service: web}", "{file: compose.yml, service: web}", "web", "gone"]
)
def test_what_extends_nothing_or_itself_ends(tmp_path: Path, extends: str) -> None:
    root = write_files(tmp_path, {"compose.yml": f"services:\n  web: {{image: a, extends: {extends}}}\n"})
    (file,) = read_repository(root, list_files(root))[0].compose
    assert file.services[0].image == "a"


def test_no_shell_runs_a_command_and_a_doubled_dollar_is_one() -> None:
    found = services("services:\n  web: {command: 'run \"a b\" $$HOME'}\n  job: {command: [a, $$B]}\n")
    assert found["web"].command == ("run", "a b", "$HOME")
    assert found["job"].command == ("a", "$B")


def test_the_dockerfile_lies_in_the_build_context() -> None:
    found = services(
        "services:\n  a: {build: .}\n  b: {build: {context: .., dockerfile: docker/Web}}\n"
        "  c: {build: https://x/y.git}\n  d: {build: {context: ., dockerfile_inline: FROM a}}\n"
    )
    assert [s.service.build for s in found.values()] == ["deploy/Dockerfile", "docker/Web", "", ""]


@pytest.mark.parametrize(
    ("text", "replicas"),
    [
        ("deploy: {replicas: 3}", 3),
        ("scale: 2", 2),
        ("deploy: {replicas: '${N:-4}'}", 4),
        ("scale: $N", None),
    ],
)
def test_replicas_are_a_number_or_a_variables_default(text: str, replicas: int | None) -> None:
    assert services(f"services:\n  a:\n    {text}\n")["a"].service.replicas == replicas


@pytest.mark.parametrize(
    ("text", "checked"),
    [("{test: [CMD, a]}", True), ("{disable: true}", False), ("{test: [NONE]}", False), ("{}", True)],
)
def test_a_healthcheck_may_be_taken_off(text: str, checked: bool) -> None:
    assert services(f"services:\n  a: {{healthcheck: {text}}}\n")["a"].service.healthcheck is checked


@pytest.mark.parametrize(
    ("volume", "source"),
    [
        (".:/app", True),
        ("./shop:/code/shop", True),
        ("${PWD}:/app", True),
        ("./data:/var/lib/postgresql", False),
        ("./nginx.conf:/etc/nginx/nginx.conf", False),
        ("media:/app/media", False),
        ("{type: bind, source: ., target: /app}", True),
        ("{type: volume, source: ., target: /app}", False),
    ],
)
def test_a_folder_of_the_source_over_the_images_own_is_told_from_data(volume: str, source: bool) -> None:
    assert is_source_mount(parse(f"a: {volume}" if volume[0] == "{" else f"a: '{volume}'").get("a")) is source
