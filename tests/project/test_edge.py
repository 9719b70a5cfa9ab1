from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.edge import (
    platform_router,
    production_nginx,
    proxied,
    published_directly,
    to_application,
)
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Project

NGINX = """
upstream django { server web:8000; }
http_x on;
server {
    listen 443 ssl;
    proxy_set_header Host $host;
    proxy_read_timeout 20s;
    location / { proxy_pass http://django; }
    location /api/ { proxy_read_timeout 90s; proxy_pass http://django/v1/; }
    location /media/ { proxy_set_header Host storage; proxy_pass http://storage:9000; }
}
"""


def read(root: Path, files: dict[str, str]) -> Project:
    write_project(root, files)
    return read_project(root)


def test_every_passing_location_knows_its_path_target_and_upstream(tmp_path: Path) -> None:
    project = read(tmp_path, {"nginx.conf": NGINX})
    found = {p.path: p for p in proxied(project.servers.nginx[0])}
    assert {path: p.target for path, p in found.items()} == {
        "/": "django",
        "/api/": "django",
        "/media/": "storage:9000",
    }
    assert found["/"].upstream is not None
    assert found["/media/"].upstream is None
    assert found["/"].ends_tls


def test_the_innermost_directive_is_in_force(tmp_path: Path) -> None:
    project = read(tmp_path, {"nginx.conf": NGINX})
    limits = {p.path: p.nearest("proxy_read_timeout") for p in proxied(project.servers.nginx[0])}
    assert {path: d.args[0] for path, d in limits.items() if d} == {
        "/": "20s",
        "/api/": "90s",
        "/media/": "20s",
    }


def test_headers_are_inherited_only_by_locations_without_their_own(tmp_path: Path) -> None:
    project = read(tmp_path, {"nginx.conf": NGINX})
    headers = {p.path: p.headers() or {} for p in proxied(project.servers.nginx[0])}
    assert headers["/"]["host"][0] == "$host"
    assert headers["/media/"]["host"][0] == "storage"


def test_only_what_passes_to_the_applications_target_is_the_application(tmp_path: Path) -> None:
    project = read(tmp_path, {"nginx.conf": NGINX})
    assert [p.path for p in to_application(project)] == ["/", "/api/"]


def test_an_nginx_of_developments_compose_file_is_not_productions(tmp_path: Path) -> None:
    compose = "services:\n  nginx:\n    image: nginx\n"
    project = read(tmp_path, {"docker/web.conf": NGINX, "docker-compose.dev.yml": compose})
    assert project.servers.nginx
    assert production_nginx(project) == ()


def test_a_configuration_named_for_production_is_judged_before_others(tmp_path: Path) -> None:
    project = read(tmp_path, {"deploy/production/nginx.conf": NGINX, "etc/nginx.conf": NGINX})
    assert [c.path for c in production_nginx(project)] == ["deploy/production/nginx.conf"]


def test_a_platforms_file_tells_of_its_router(tmp_path: Path) -> None:
    place = platform_router(read(tmp_path, {"fly.toml": 'app = "shop"\n'}))
    assert place is not None
    assert place.path == "fly.toml"


def test_a_published_port_is_the_hosts_not_the_containers(tmp_path: Path) -> None:
    compose = (
        "services:\n  web:\n    image: shop\n    command: gunicorn config.wsgi\n    ports: ['8000:80']\n"
    )
    assert published_directly(read(tmp_path, {"docker-compose.prod.yml": compose})) == ()


def test_a_header_directive_without_a_value_is_passed_over(tmp_path: Path) -> None:
    text = "proxy_set_header Host;\nlocation / {\n    proxy_pass http://web;\n}\n"
    project = read(tmp_path, {"nginx.conf": text})
    assert [p.headers() for p in proxied(project.servers.nginx[0])] == [{}]
