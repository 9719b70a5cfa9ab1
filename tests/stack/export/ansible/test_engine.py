from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from tenfold.stack.export.catalogue import render_engine
from tests.stack.export.example_input import make_input, make_topology

if TYPE_CHECKING:
    from tenfold.stack.export.input import ExportInput


def render(one: ExportInput) -> dict[str, str]:
    return {file.path: file.text for file in render_engine("ansible", one)}


def plays(one: ExportInput) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(render(one)["site.yml"])
    return found


def test_migrations_come_before_the_first_host_is_switched_over() -> None:
    names = [play["hosts"] for play in plays(make_input())]
    migration = next(i for i, play in enumerate(plays(make_input())) if "tasks" in play)
    assert plays(make_input())[migration]["tasks"][0]["run_once"] is True
    assert names.index("app") == migration
    assert names.index("app", migration + 1) == migration + 1


def test_hosts_that_answer_requests_are_released_one_by_one() -> None:
    for play in plays(make_input()):
        if play.get("roles") in (["app"], ["edge"]):
            assert play["serial"] == 1
            assert play["max_fail_percentage"] == 0


def test_every_role_has_its_tasks_and_what_they_name() -> None:
    one = make_input()
    files = render(one)
    for play in plays(one):
        for role in play.get("roles", ()):
            assert f"roles/{role}/tasks/main.yml" in files
    for path, text in files.items():
        if "/tasks/" not in path:
            continue
        role = path.split("/")[1]
        for template in re.findall(r"src: (?:\")?([\w.-]+\.j2)", text):
            assert f"roles/{role}/templates/{template}" in files, (path, template)
        notified = set(re.findall(r"notify: (.+)", text))
        handlers = files.get(f"roles/{role}/handlers/main.yml", "")
        assert all(f"name: {name}" in handlers for name in notified), path


def test_only_modules_that_ansible_core_brings_are_used() -> None:
    modules = {
        name
        for path, text in render(make_input()).items()
        if path.endswith(".yml")
        for name in re.findall(r"^\s+([a-z_]+\.[a-z_]+\.[a-z_]+):", text, re.MULTILINE)
    }
    assert modules
    assert all(name.startswith("ansible.builtin.") for name in modules)


def test_nginx_asks_every_instance_of_every_host() -> None:
    one = make_input()
    nginx = render(one)["roles/edge/templates/nginx.conf.j2"]
    numbers = ", ".join(map(str, one.instances))
    assert "{% for name in groups['app'] %}\n{% for number in [" + numbers + "] %}" in nginx
    assert "server {{ hostvars[name].address }}:800{{ number }} max_fails" in nginx
    assert "application-instance" not in nginx


def test_passwords_come_from_the_vault_alone() -> None:
    files = render(make_input())
    assert yaml.safe_load(files["vault.example.yml"])["database_password"] == ""
    assert "database_password" not in files["group_vars/all/all.yml"]
    assert files["roles/store/templates/cache.conf.j2"].endswith("requirepass {{ valkey_password }}\n")
    for path, text in files.items():
        if "/tasks/" in path and "_password }}" in text:
            assert "no_log: true" in text, path


def test_units_leave_out_what_a_lone_host_has() -> None:
    one = make_input()
    unit = render(one)["roles/app/templates/shop-app@.service.j2"]
    assert "shop.target" not in unit
    assert "shop-migrate" not in unit
    assert "--bind {{address}}:800%i" in unit
    assert "WantedBy=multi-user.target" in unit


def test_a_server_that_trusts_nobody_gets_no_such_option() -> None:
    granian = render(make_input(topology=make_topology(server="granian")))
    assert "--forwarded-allow-ips" not in granian["roles/app/templates/shop-app@.service.j2"]
    assert "--port 800%i" in granian["roles/app/templates/shop-app@.service.j2"]
