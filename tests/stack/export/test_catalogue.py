from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from tenfold.stack.export.catalogue import engines, render_engine
from tenfold.stack.export.sealing import MANIFEST
from tenfold.topology.model import Number
from tests.stack.export.example_input import make_input, make_topology

if TYPE_CHECKING:
    from tenfold.stack.export.input import Exported, ExportInput

ENGINES = ("ansible", "compose", "kubernetes", "plain", "systemd")
SERVERS = ("gunicorn", "granian", "uvicorn")


def render(name: str, one: ExportInput) -> dict[str, str]:
    return {file.path: file.text for file in render_engine(name, one)}


def joined(name: str, one: ExportInput) -> str:
    """Every file but the README, which shows all numbers, and the manifest."""
    files = render(name, one)
    return "\n".join(text for path, text in files.items() if path not in ("README.md", MANIFEST))


def test_each_folder_with_an_engine_is_an_engine() -> None:
    assert tuple(engines()) == ENGINES


@pytest.mark.parametrize("name", ENGINES)
def test_an_export_is_the_same_whenever_it_is_made(name: str) -> None:
    assert render_engine(name, make_input()) == render_engine(name, make_input())


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("server", SERVERS)
def test_every_engine_starts_the_server_of_the_topology(name: str, server: str) -> None:
    interface = "asgi" if server == "uvicorn" else "wsgi"
    one = make_input(topology=make_topology(server=server, interface=interface))
    target = "shop.asgi:application" if interface == "asgi" else "shop.wsgi:application"
    text = joined(name, one)
    assert re.search(rf"-m\W+{server}\b", text)
    assert target in text
    others = [other for other in SERVERS if other != server]
    assert not re.search(rf"-m\W+({'|'.join(others)})\b", text)


# The number -> how it is written, in the engine's own words ({} is the value).
EVERYWHERE = {
    "edge.connections": "worker_connections {};",
    "edge.open_files": "worker_rlimit_nofile {};",
    "edge.keepalive": "keepalive {};",
    "edge.page_cache": "max_size={}m",
    "timeouts.edge": "proxy_read_timeout {}s;",
    "timeouts.connect": "proxy_connect_timeout {}s;",
    "app.max_requests": "max_requests = {}",
    "app.max_requests_jitter": "max_requests_jitter = {}",
    "app.workers": "workers = {}",
    "app.threads": "threads = {}",
    "app.backlog": "backlog = {}",
    "timeouts.app": "timeout = {}",
    "timeouts.graceful": "graceful_timeout = {}",
    "cache.max_memory": "maxmemory {}mb",
    "cache.max_clients": "maxclients {}",
    "tasks.max_tasks_per_child": "--max-tasks-per-child {}",
    "tasks.soft_time_limit": "--soft-time-limit {}",
    "tasks.time_limit": "--time-limit {}",
    "tasks.concurrency": "--concurrency {}",
}
ON_HOSTS = {
    "edge.processes": "worker_processes {};",
    "edge.rate": "rate={}r/s",
    "edge.burst": "burst={} ",
    "database.max_connections": "max_connections = {}",
    "database.shared_buffers": "shared_buffers = {}MB",
    "database.effective_cache_size": "effective_cache_size = {}MB",
    "database.work_mem": "work_mem = {}MB",
    "database.maintenance_work_mem": "maintenance_work_mem = {}MB",
    "database.pooler_pool": "default_pool_size = {}",
    "database.pooler_reserve": "reserve_pool_size = {}",
    "database.pooler_clients": "max_client_conn = {}",
    "timeouts.statement": "SET statement_timeout = {}000",
    "timeouts.lock": "SET lock_timeout = {}000",
}
IN_KUBERNETES = {
    "app.instances": "minReplicas: {}",
    "database.max_connections": 'max_connections: "{}"',
    "database.shared_buffers": 'shared_buffers: "{}MB"',
    "database.work_mem": 'work_mem: "{}MB"',
    "database.pooler_pool": 'default_pool_size: "{}"',
    "database.pooler_clients": 'max_client_conn: "{}"',
    "edge.rate": 'limit-rps: "{}"',
}


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("cores", [1, 2, 8])
def test_every_number_of_an_export_is_the_topologys(name: str, cores: int) -> None:
    topology = make_topology(cores=cores, memory=4 * cores)
    text = joined(name, make_input(topology=topology)).replace('", "', " ")
    numbers = dict(topology.numbers())
    for number, words in (EVERYWHERE | (IN_KUBERNETES if name == "kubernetes" else ON_HOSTS)).items():
        value = numbers[number].value
        written = words.format(f"{value:g}" if isinstance(value, float) else value)
        assert written in text, f"{name} does not say {number}: {written}"


@pytest.mark.parametrize("name", ENGINES)
def test_a_changed_number_changes_the_export(name: str) -> None:
    topology = make_topology()
    size = replace(topology.database, shared_buffers=Number(777, "a test's", "MiB"))
    changed = make_input(topology=replace(topology, database=size))
    assert "777MB" in joined(name, changed)
    assert "777MB" not in joined(name, make_input())


@pytest.mark.parametrize("name", ENGINES)
def test_no_secret_has_a_value_in_any_file(name: str) -> None:
    assigned = re.compile(
        r"(?m)^\W*(?:- )?(SECRET_KEY|STRIPE_KEY|DATABASE_PASSWORD|database_password)['\"]?\s*[=:][ ]*(.*)$"
    )
    empty = re.compile(
        r"^$|^\"\"|^\s*#|^\"?\$\{[A-Z_]+:\?[^}]*\}\"?$|^only-for-the-build|^\{ file: |^\$|^os\.environ"
    )
    for path, text in render(name, make_input()).items():
        for found in assigned.finditer(text):
            assert empty.search(found[2]), f"{path}: {found[0]}"
        for url in re.findall(r"postgres://tenfold:([^@]*)@", text):
            assert url.startswith(("${", "$(", "{{")) or url == "CHANGE_ME", f"{path}: {url}"


def test_secrets_of_the_project_are_asked_for_by_every_engine() -> None:
    for name in ENGINES:
        files = render(name, make_input())
        example = "\n".join(text for path, text in files.items() if "example" in path)
        assert "SECRET_KEY" in example, name
        assert "STRIPE_KEY" in example, name
        assert "shop/settings.py:16" in example, name


def test_there_is_exactly_one_scheduler_on_every_engine() -> None:
    one = make_input()
    compose = yaml.safe_load(render("compose", one)["compose.yaml"])["services"]
    assert [name for name, service in compose.items() if "beat" in service.get("command", ())] == [
        "scheduler"
    ]
    manifests = [
        document
        for path, text in render("kubernetes", one).items()
        if path.endswith(".yaml") and path != "kustomization.yaml"
        for document in yaml.safe_load_all(text)
    ]
    beats = [
        m for m in manifests if m["kind"] == "Deployment" and "beat" in str(m["spec"]["template"]["spec"])
    ]
    assert [(m["spec"]["replicas"], m["spec"]["strategy"]["type"]) for m in beats] == [(1, "Recreate")]
    scaled = [
        m["spec"]["scaleTargetRef"]["name"] for m in manifests if m["kind"] == "HorizontalPodAutoscaler"
    ]
    assert scaled == ["shop-app"]
    units = [
        path
        for path, text in render("systemd", one).items()
        if path.startswith("units/") and " beat " in text
    ]
    assert units == ["units/shop-scheduler.service"]
    assert "groups['scheduler'] | length == 1" in render("ansible", one)["site.yml"]
    assert render("plain", one)["commands.sh"].count(" beat ") == 1


@pytest.mark.parametrize("name", ENGINES)
def test_a_project_without_celery_has_nothing_of_it(name: str) -> None:
    text = joined(name, make_input(topology=make_topology(tasks=False), variables=()))
    assert "celery" not in text
    assert "broker" not in text
    assert "scheduler" not in text


@pytest.mark.parametrize("name", ENGINES)
def test_without_a_pooler_nothing_asks_for_one(name: str) -> None:
    text = joined(name, make_input(topology=make_topology(pooler=False)))
    assert "6432" not in text
    assert "pgbouncer" not in text.lower()


@pytest.mark.parametrize("name", ENGINES)
def test_every_file_is_sealed_or_in_the_manifest(name: str) -> None:
    files = render_engine(name, make_input())
    manifest = json.loads(files[-1].text)
    assert files[-1].path == MANIFEST
    assert sorted(manifest["files"]) == [file.path for file in files[:-1]]
    unsealed = [f.path for f in files[:-1] if f"`tenfold export {name}`" not in f.text[:200]]
    assert all(path.endswith(".json") for path in unsealed)


@pytest.mark.parametrize("name", ENGINES)
def test_every_yaml_and_json_file_can_be_read(name: str) -> None:
    for path, text in render(name, make_input()).items():
        if path.endswith((".yaml", ".yml")):
            assert list(yaml.safe_load_all(text))
        elif path.endswith(".json"):
            assert json.loads(text)
        elif path.endswith(".py"):
            compile(text, path, "exec")


def test_paths_stay_inside_the_export() -> None:
    files: list[Exported] = [file for name in ENGINES for file in render_engine(name, make_input())]
    assert not [file.path for file in files if file.path.startswith("/") or ".." in file.path.split("/")]
