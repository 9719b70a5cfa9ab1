from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from tenfold.stack.export.catalogue import render_engine
from tenfold.stack.export.input import Packaging, Paths
from tests.stack.export.example_input import make_input, make_topology

if TYPE_CHECKING:
    from tenfold.stack.export.input import ExportInput


def render(one: ExportInput) -> dict[str, str]:
    return {file.path: file.text for file in render_engine("compose", one)}


def services(one: ExportInput) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(render(one)["compose.yaml"])["services"]
    return found


def test_every_instance_has_a_socket_that_the_edge_knows() -> None:
    one = make_input()
    found = services(one)
    nginx = render(one)["nginx.conf"]
    for number in one.instances:
        socket = f"/run/app/app-{number}.sock"
        assert f"unix:{socket}" in found[f"app-{number}"]["command"]
        assert found[f"app-{number}"]["environment"]["APP_SOCKET"] == socket
        assert f"server unix:{socket} " in nginx
    assert f"app-{len(one.instances) + 1}" not in found


def test_the_application_waits_for_migrations_and_stores() -> None:
    needs = services(make_input())["app-1"]["depends_on"]
    assert needs["migrate"] == {"condition": "service_completed_successfully"}
    assert {name: need["condition"] for name, need in needs.items() if name != "migrate"} == {
        "pooler": "service_healthy",
        "cache": "service_healthy",
        "broker": "service_healthy",
    }


def test_migrations_go_past_the_pooler_and_run_once() -> None:
    migrate = services(make_input())["migrate"]
    assert "@postgres:5432/" in migrate["environment"]["DATABASE_URL"]
    assert "@pooler:6432/" in services(make_input())["app-1"]["environment"]["DATABASE_URL"]
    assert migrate["restart"] == "no"


def test_time_to_stop_comes_from_the_ladder() -> None:
    one = make_input()
    found, ladder = services(one), one.topology.timeouts
    assert found["app-1"]["stop_grace_period"] == f"{ladder.graceful.whole + 5}s"
    assert found["edge"]["stop_grace_period"] == f"{ladder.edge.whole + 5}s"


def test_memory_limits_are_the_topologys_shares() -> None:
    one = make_input()
    found = services(one)
    for service in (
        "edge",
        "app-1",
        "worker",
        "postgres",
        "replica-1",
        "pooler",
        "cache",
        "broker",
    ):
        assert found[service]["mem_limit"] == f"{one.mebibytes(service)}m"
        assert one.mebibytes(service) > 0


def test_a_scheduler_may_grow_as_large_as_the_project_it_loads() -> None:
    one = make_input()
    assert one.mebibytes("scheduler") < one.topology.app.memory.whole
    assert services(one)["scheduler"]["mem_limit"] == f"{one.topology.app.memory.whole}m"


def test_no_service_gains_privileges_and_all_but_stores_read_only() -> None:
    for name, service in services(make_input()).items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["cap_drop"] == ["ALL"], name
        if name not in ("postgres", "replica-1"):
            assert service["read_only"] is True, name


def test_every_long_lived_service_has_a_health_check_or_says_why_not() -> None:
    text = render(make_input())["compose.yaml"]
    for name, service in services(make_input()).items():
        known = "healthcheck" in service or service.get("image", "").startswith("shop:")
        assert known, name
    assert text.count("healthcheck: { disable: true }") == 2  # migrate ends, the scheduler does not listen


def test_replicas_are_as_many_as_the_topology_has() -> None:
    two = services(make_input(topology=make_topology(replicas=2, memory=16)))
    assert {name for name in two if name.startswith("replica")} == {"replica-1", "replica-2"}
    none = services(make_input(topology=make_topology(replicas=0)))
    assert not [name for name in none if name.startswith("replica")]


def test_the_image_runs_as_nobody_special_in_exec_form() -> None:
    lines = render(make_input())["Dockerfile"].splitlines()
    assert "USER 10001:10001" in lines
    last = next(line for line in reversed(lines) if line.startswith("CMD "))
    assert json.loads(last.removeprefix("CMD "))[:3] == ["python", "-m", "gunicorn"]
    assert "FROM python:3.13-slim-bookworm AS app" in lines
    assert not [line for line in lines if line.startswith("FROM ") and line.endswith(":latest")]


def test_static_files_are_collected_while_building() -> None:
    text = render(make_input())["Dockerfile"]
    assert "manage.py collectstatic --noinput" in text
    assert "COPY --from=build /app/staticfiles /app/staticfiles" in text
    built = make_input(paths=Paths(static_root="staticfiles", static_built=True))
    assert "collectstatic" not in render(built)["Dockerfile"]


def test_packages_come_by_the_projects_own_tool() -> None:
    for manager, words in (
        ("uv", "uv sync --frozen --no-dev"),
        ("poetry", "poetry install --only main"),
        ("pdm", "pdm sync --prod"),
        ("pipenv", "pipenv sync"),
    ):
        one = make_input(packaging=Packaging(manager, ("pyproject.toml",), ""))
        assert words in render(one)["Dockerfile"]
        assert "-m pip install --no-cache-dir -r" not in render(one)["Dockerfile"]


def test_the_projects_own_image_files_are_not_among_the_export() -> None:
    one = make_input(folder="deploy/compose", paths=Paths(own_dockerfile="Dockerfile"))
    paths = render(one)
    assert "Dockerfile.dockerignore" in paths
    assert ".dockerignore" not in paths
    assert "dockerfile: deploy/compose/Dockerfile" in paths["compose.yaml"]


def test_commands_run_where_manage_py_stands() -> None:
    one = make_input(paths=Paths(folder="backend", manage="backend/manage.py", static_root="backend/static"))
    text = render(one)["Dockerfile"]
    assert text.count("WORKDIR /app/backend\n") == 2
    assert services(one)["migrate"]["command"] == ["python", "manage.py", "migrate", "--noinput"]


def test_the_script_of_secrets_makes_each_one_that_is_required() -> None:
    script = render(make_input())["secrets.sh"]
    assert "s|^SECRET_KEY=$|" in script.replace("\\$", "$")
    assert "s|^DATABASE_PASSWORD=$|" in script.replace("\\$", "$")
    assert "STRIPE_KEY" not in script
