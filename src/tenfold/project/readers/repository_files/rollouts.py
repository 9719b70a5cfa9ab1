"""How descriptions of the deployment replace a running release: Kubernetes, swarm, Fly, Render, Kamal, Google."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.documents import find_line, read_toml, read_yaml
from tenfold.project.readers.repository_files.kubernetes import is_manifest, read_documents
from tenfold.project.readers.repository_files.purpose import purpose_of
from tenfold.project.repository import DEVELOPMENT, TESTING, Rollout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenfold.project.files import Files
    from tenfold.project.readers.texts import Texts

MAXIMUM_BYTES = 200_000
_STORE = re.compile(
    r"postgres|mysql|mariadb|redis|valkey|rabbit|memcache|elastic|opensearch|mongo|kafka|minio|pgbouncer|"
    r"grafana|prometheus|mailhog|mailpit"
)
_MANIFEST = re.compile(r"k8s|kube|helm|chart|manifest|deploy|kustom|overlay|infra")


def read_rollouts(files: Files, texts: Texts) -> Iterator[Rollout]:
    """Every service that answers requests, with the way it is replaced; files of development are left out."""
    for file in files.all:
        read = _reader_of(file.path)
        if read is None or file.size > MAXIMUM_BYTES or purpose_of(file.path) in (DEVELOPMENT, TESTING):
            continue
        text = texts.get(file.path)
        if text is not None:
            yield from read(text, file.path)


def _reader_of(path: str) -> Callable[[str, str], Iterator[Rollout]] | None:
    name = path.rpartition("/")[2]
    found = next((read for pattern, read in _READERS if re.fullmatch(pattern, name)), None)
    if re.fullmatch(r"(?:.*/)?config/deploy(?:\.[\w-]+)?\.yml", path):
        return _read_kamal
    if found is None and name.endswith((".yaml", ".yml")) and _MANIFEST.search(path.lower()):
        return _read_manifests
    return found


def _read_manifests(text: str, path: str) -> Iterator[Rollout]:
    documents = read_documents(text, path) if is_manifest(text) else ()
    for document in () if isinstance(documents, Problem) else documents:
        if document.get("kind").text != "Deployment":
            continue
        containers = document.get("spec", "template", "spec", "containers").elements()
        serving = [c for c in containers if c.get("ports") and not _STORE.search(c.get("image").text)]
        name = document.get("metadata", "name").text
        if not serving or _STORE.search(name):
            continue
        strategy = document.get("spec", "strategy", "type")
        line = strategy.line or document.get("spec").pairs().get("template", (document.line, None))[0]
        waits = any(c.get("readinessProbe") or c.get("startupProbe") for c in serving)
        templated = "{{" in text
        yield Rollout(Location(path, line), name, "kubernetes", strategy.text, waits or templated)


def _read_compose(text: str, path: str) -> Iterator[Rollout]:
    documents = read_yaml(text, path)
    for document in () if isinstance(documents, Problem) else documents:
        for name, _, service in document.get("services").items():
            update = service.get("deploy", "update_config")
            image = service.get("image").text
            if not update or _STORE.search(f"{name} {image}") or not service.get("ports"):
                continue
            replicas = service.get("deploy", "replicas").text
            several = replicas.isdigit() and int(replicas) > 1
            order = update.get("order").text
            strategy = order or ("rolling" if several else "stop-first")
            line = update.line_of("order") if order else service.get("deploy").line_of("update_config")
            yield Rollout(
                Location(path, line),
                name,
                "compose",
                "rolling" if strategy == "stop-first" and several else strategy,
                bool(service.get("healthcheck")),
            )


def _read_fly(text: str, path: str) -> Iterator[Rollout]:
    table = read_toml(text, path)
    if isinstance(table, Problem):
        return
    deploy = table.get("deploy")
    strategy = deploy.get("strategy", "") if isinstance(deploy, dict) else ""
    services = table.get("services")
    http = table.get("http_service")
    checked = isinstance(http, dict) and bool(http.get("checks"))
    checked = (
        checked or (isinstance(services, list) and "checks" in str(services)) or bool(table.get("checks"))
    )
    if isinstance(http, dict) or services:
        line = find_line(text, "strategy") if strategy else 0
        yield Rollout(Location(path, line or 1), str(table.get("app", "app")), "fly", str(strategy), checked)


def _read_render(text: str, path: str) -> Iterator[Rollout]:
    documents = read_yaml(text, path)
    for document in () if isinstance(documents, Problem) else documents:
        for service in document.get("services").elements():
            if service.get("type").text != "web":
                continue
            disk = service.get("disk")
            line = service.line_of("disk") if disk else service.line
            waits = bool(service.get("healthCheckPath"))
            yield Rollout(
                Location(path, line), service.get("name").text, "render", "disk" if disk else "", waits
            )


def _read_kamal(text: str, path: str) -> Iterator[Rollout]:
    documents = read_yaml(text, path)
    document = documents[0] if not isinstance(documents, Problem) else None
    if document is not None and document.get("service") and document.get("servers"):
        yield Rollout(Location(path, 1), document.get("service").text, "kamal", "", waits=True)


def _read_app_file(text: str, path: str) -> Iterator[Rollout]:
    """app.yaml is App Engine's, and what people call the manifest of their application."""
    yield from (_read_manifests if is_manifest(text) else _read_app_engine)(text, path)


def _read_app_engine(text: str, path: str) -> Iterator[Rollout]:
    documents = read_yaml(text, path)
    document = documents[0] if not isinstance(documents, Problem) else None
    if document is not None and document.get("runtime").text.startswith("python"):
        yield Rollout(
            Location(path, 1), document.get("service").text or "default", "app engine", "", waits=True
        )


_READERS: tuple[tuple[str, Callable[[str, str], Iterator[Rollout]]], ...] = (
    (r"(?:docker-)?compose[\w.-]*\.ya?ml|docker-stack[\w.-]*\.ya?ml|stack\.ya?ml", _read_compose),
    (r"fly(?:\.[\w-]+)?\.toml", _read_fly),
    (r"render\.ya?ml", _read_render),
    (r"app\.ya?ml", _read_app_file),
)
