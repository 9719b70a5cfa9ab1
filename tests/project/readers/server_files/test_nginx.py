from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenfold.project.files import File, Files
from tenfold.project.model import Known, Location
from tenfold.project.readers.server_files.nginx import parse_text, plain_text, read_nginx

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Problem
    from tenfold.project.servers import NginxConfig

EXAMPLES = int(os.environ.get("TENFOLD_FUZZ", "200"))
SERVER = "server {\n    listen 80;\n    location / {\n        proxy_pass http://app;\n    }\n}\n"


def read(root: Path, texts: dict[str, str]) -> tuple[tuple[NginxConfig, ...], tuple[Problem, ...]]:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return read_nginx(
        root, Files(tuple(File(path, len(text), True) for path, text in texts.items()), Known(False))
    )


def test_a_fragment_without_http_parses_with_its_lines(tmp_path: Path) -> None:
    (config,), problems = read(tmp_path, {"nginx/conf.d/app.conf": SERVER})
    assert problems == ()
    (found,) = config.find("proxy_pass")
    assert (found.args, found.where) == (("http://app",), Location("nginx/conf.d/app.conf", 4))


def test_an_include_is_put_in_place_and_its_file_stands_for_nothing_else(tmp_path: Path) -> None:
    main = (
        "events {}\nhttp {\n    gzip on;\n    include /etc/nginx/conf.d/*.conf;\n    include mime.types;\n}\n"
    )
    configs, problems = read(tmp_path, {"nginx/nginx.conf": main, "nginx/conf.d/app.conf": SERVER})
    assert problems == ()
    assert [config.path for config in configs] == ["nginx/nginx.conf"]
    (location,) = configs[0].find("location")
    assert location.where.path == "nginx/conf.d/app.conf"
    assert [d.args for d in configs[0].find("include")] == [("mime.types",)]


def test_files_that_include_each_other_come_to_an_end(tmp_path: Path) -> None:
    texts = {
        "nginx/a.conf": SERVER + "include b.conf;\n",
        "nginx/b.conf": SERVER + "include a.conf;\n",
        "nginx/nginx.conf": "http {\n include a.conf;\n}\n",
    }
    configs, _ = read(tmp_path, texts)
    assert [config.path for config in configs] == ["nginx/nginx.conf"]


def test_of_files_that_only_include_each_other_one_stands_for_all(tmp_path: Path) -> None:
    texts = {"nginx/a.conf": SERVER + "include b.conf;\n", "nginx/b.conf": SERVER + "include a.conf;\n"}
    configs, _ = read(tmp_path, texts)
    assert [config.path for config in configs] == ["nginx/a.conf"]


def test_a_glob_in_a_folder_that_is_not_there_includes_nothing_else(tmp_path: Path) -> None:
    texts = {"nginx/a.conf": SERVER + "include snippets/*.conf;\n", "nginx/b.conf": SERVER}
    configs, _ = read(tmp_path, texts)
    assert [config.path for config in configs] == ["nginx/a.conf", "nginx/b.conf"]


def test_directives_of_newer_versions_and_modules_are_no_problem(tmp_path: Path) -> None:
    text = (
        "map $http_upgrade $up { default upgrade; '' close; }\n"
        "server {\n listen 443 quic reuseport;\n http2 on;\n brotli on;\n"
        " location / { content_by_lua_block { ngx.say('}') } }\n"
        " if ($request_method !~ ^(GET|HEAD)$ ) { return 444; }\n}\n"
    )
    (config,), problems = read(tmp_path, {"site.conf": text})
    assert problems == ()
    assert [d.where.line for d in config.find("return")] == [7]


def test_nothing_outside_the_repository_is_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside.conf"
    outside.write_text(SERVER)
    root = tmp_path / "project"
    (config,), problems = read(
        root, {"nginx.conf": f"http {{\n include {outside};\n include ../*.conf;\n}}\n"}
    )
    assert problems == ()
    assert list(config.find("server")) == []


def test_placeholders_of_templates_become_variables(tmp_path: Path) -> None:
    text = "{% if tls %}\nserver {\n    listen {{ port | default(80) }};\n    root ${ROOT};\n}\n{% endif %}\n"
    (config,), problems = read(tmp_path, {"deploy/templates/nginx.conf.j2": text})
    assert problems == ()
    (listen,) = config.find("listen")
    assert (listen.args, listen.where.line) == (("${port_default_80}",), 3)
    assert [d.args for d in config.find("root")] == [("${ROOT}",)]


def test_the_lines_of_a_template_stay_where_they_were() -> None:
    text = "{#\n a\n#}\n<% if x\n %>listen <%= ENV['PORT'] %>;\n"
    assert plain_text(text) == "\n\n\n\nlisten ${ENV_PORT};\n"


def test_a_broken_file_is_a_problem_with_its_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    configs, problems = read(
        tmp_path,
        {
            "nginx/a.conf": "server {\n    listen 80;\n",
            "nginx/b.conf": SERVER,
            "nginx/c.conf": "server {\n}\n}\n",
        },
    )
    assert [config.path for config in configs] == ["nginx/b.conf"]
    assert [(p.where.path, p.where.line) for p in problems] == [("nginx/a.conf", 2), ("nginx/c.conf", 3)]
    assert all("nginx -t" in problem.next_step for problem in problems)


def test_a_forgotten_semicolon_is_a_problem_with_its_line(tmp_path: Path) -> None:
    text = "server {\n    proxy_http_version 1.1\n    proxy_buffering on;\n    listen 80;\n}\n"
    (config,), (problem,) = read(tmp_path, {"nginx.conf": text})
    assert problem.where == Location("nginx.conf", 2)
    assert [d.args for d in config.find("listen")] == [("80",)]


def test_other_files_ending_in_conf_are_left_alone(tmp_path: Path) -> None:
    texts = {
        "redis.conf": "maxmemory 2mb\n",
        "apache/site.conf": "<VirtualHost *:80>\nserver {\n</VirtualHost>\n",
        "nginx/Dockerfile": "FROM nginx\n",
        "supervisor.conf": "[program:nginx]\ncommand=nginx\n",
    }
    assert read(tmp_path, texts) == ((), ())


def test_a_snippet_of_plain_directives_that_nothing_includes_is_no_configuration(tmp_path: Path) -> None:
    assert read(tmp_path, {"nginx/proxy_params": "proxy_set_header Host $host;\n"}) == ((), ())


PARTS = [
    "server",
    " {",
    "}",
    ";",
    "\n",
    " ",
    "listen 80;",
    "'",
    '"',
    "\\",
    "#",
    "${",
    "{{ x }}",
    "{% if",
    "%}",
    "include",
]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=40))
def test_any_text_gives_directives_or_problems(tmp_path: Path, parts: list[str]) -> None:
    text = "".join(parts)
    file = tmp_path / "nginx.conf"
    file.write_text(text, encoding="utf-8", errors="replace")
    directives, problems = parse_text(file, text, "nginx.conf")
    assert all(d.where.path == "nginx.conf" for top in directives for d in top.walk())
    assert all(problem.what for problem in problems)
