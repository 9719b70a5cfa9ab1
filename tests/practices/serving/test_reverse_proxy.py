from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Finding, Impact
from tenfold.practices.serving.reverse_proxy import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement

HEADERS = (
    "proxy_set_header Host $host;\nproxy_set_header X-Forwarded-For $remote_addr;\n"
    "proxy_set_header X-Forwarded-Proto $scheme;\n"
)
FIELD = "from django.db import models\n\n\nclass Photo(models.Model):\n    image = models.ImageField()\n"
KNOWN_APPS = 'INSTALLED_APPS = ["shop"]\n'


def judge(root: Path, files: dict[str, str]) -> list[Judgement]:
    write_project(root, files)
    return list(check(read_project(root)))


def findings(root: Path, files: dict[str, str]) -> list[Finding]:
    return [j for j in judge(root, files) if isinstance(j, Finding)]


def test_headers_of_the_server_do_not_reach_a_location_that_sets_one_itself(tmp_path: Path) -> None:
    text = f"server {{\n{HEADERS}location / {{\nproxy_set_header X-Real-IP $remote_addr;\nproxy_pass http://web;\n}}\n}}\n"
    (found,) = findings(tmp_path, {"nginx.conf": text})
    assert str(found.where) == "nginx.conf:7"
    assert found.impact is Impact.HIGH


def test_an_include_that_the_repository_does_not_hold_may_set_the_headers(tmp_path: Path) -> None:
    text = "server {\nlocation / {\ninclude /etc/nginx/proxy_params;\nproxy_pass http://web;\n}\n}\n"
    assert judge(tmp_path, {"nginx.conf": text}) == []


def test_uploads_need_a_larger_body(tmp_path: Path) -> None:
    text = f"server {{\n{HEADERS}location / {{\nproxy_pass http://web;\n}}\n}}\n"
    files = {"nginx.conf": text, "shop/models.py": FIELD, "config/settings.py": KNOWN_APPS}
    (found,) = findings(tmp_path, files)
    assert "413" in found.message
    assert str(found.related[0]) == "shop/models.py:5"


def test_a_body_limit_of_the_http_block_counts(tmp_path: Path) -> None:
    text = f"http {{\nclient_max_body_size 20m;\nserver {{\n{HEADERS}location / {{\nproxy_pass http://web;\n}}\n}}\n}}\n"
    files = {"nginx.conf": text, "shop/models.py": FIELD, "config/settings.py": KNOWN_APPS}
    assert judge(tmp_path, files) == []


def test_keepalive_to_workers_that_close_connections_is_not_asked_for(tmp_path: Path) -> None:
    text = f"upstream app {{\nserver web:8000;\n}}\nserver {{\n{HEADERS}location / {{\nproxy_pass http://app;\n}}\n}}\n"
    files = {"nginx.conf": text, "Procfile": "web: gunicorn config.wsgi -w 4\n"}
    assert judge(tmp_path, files) == []


def test_threaded_workers_are_worth_a_kept_connection(tmp_path: Path) -> None:
    text = f"upstream app {{\nserver web:8000;\n}}\nserver {{\n{HEADERS}location / {{\nproxy_pass http://app;\n}}\n}}\n"
    files = {"nginx.conf": text, "Procfile": "web: gunicorn config.wsgi -w 4 --threads 4\n"}
    (found,) = findings(tmp_path, files)
    assert str(found.where) == "nginx.conf:1"


def test_an_nginx_that_only_development_starts_is_not_judged(tmp_path: Path) -> None:
    files = {
        "docker/nginx/web.conf.template": "server {\nlocation / {\nproxy_pass http://web;\n}\n}\n",
        "docker-compose.dev.yml": "services:\n  nginx:\n    image: nginx\n    ports: ['80:80']\n",
    }
    (answer,) = judge(tmp_path, files)
    assert isinstance(answer, CannotTell)


def test_a_port_on_the_loopback_address_is_not_in_the_open(tmp_path: Path) -> None:
    compose = (
        "services:\n  web:\n    image: shop\n    command: gunicorn config.wsgi\n"
        "    ports: ['127.0.0.1:80:8000']\n"
    )
    (answer,) = judge(tmp_path, {"docker-compose.prod.yml": compose})
    assert isinstance(answer, CannotTell)


def test_a_proxy_in_the_same_compose_file_holds(tmp_path: Path) -> None:
    compose = (
        "services:\n  proxy:\n    image: traefik:v3\n    ports: ['443:443']\n"
        "  web:\n    image: shop\n    command: gunicorn config.wsgi\n    ports: ['80:8000']\n"
    )
    assert judge(tmp_path, {"docker-compose.prod.yml": compose}) == []
