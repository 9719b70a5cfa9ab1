from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.readers.files import read_files
from tenfold.project.readers.repository import read_repository

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.repository import Rollout

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  strategy: {type: Recreate}
  template:
    spec:
      containers:
        - name: web
          image: shop:1
          ports: [{containerPort: 8000}]
"""


def rollouts(root: Path, path: str, text: str) -> tuple[Rollout, ...]:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    files, _ = read_files(root)
    return read_repository(root, files)[0].rollouts


def test_a_deployment_of_kubernetes_tells_its_strategy_and_line(tmp_path: Path) -> None:
    (found,) = rollouts(tmp_path, "k8s/web.yaml", DEPLOYMENT)
    assert (str(found.where), found.service, found.platform) == ("k8s/web.yaml:5", "web", "kubernetes")
    assert (found.strategy, found.waits) == ("Recreate", False)


def test_an_app_file_that_is_a_manifest_is_not_app_engines(tmp_path: Path) -> None:
    (found,) = rollouts(tmp_path, "deploy/kubernetes/app.yaml", DEPLOYMENT)
    assert (found.platform, found.strategy) == ("kubernetes", "Recreate")


def test_a_readiness_probe_lets_traffic_wait(tmp_path: Path) -> None:
    text = DEPLOYMENT + "          readinessProbe: {httpGet: {path: /, port: 8000}}\n"
    assert rollouts(tmp_path, "k8s/web.yaml", text)[0].waits


def test_a_helm_template_is_trusted_to_have_its_probe_elsewhere(tmp_path: Path) -> None:
    text = DEPLOYMENT.replace("shop:1", "{{ .Values.image }}")
    assert rollouts(tmp_path, "chart/templates/web.yaml", text)[0].waits


def test_what_stores_data_or_answers_nobody_is_left_out(tmp_path: Path) -> None:
    store = DEPLOYMENT.replace("shop:1", "redis:8")
    worker = DEPLOYMENT.replace("          ports: [{containerPort: 8000}]\n", "")
    assert rollouts(tmp_path, "k8s/all.yaml", f"{store}---\n{worker}") == ()


def test_a_single_container_of_a_swarm_is_stopped_first_by_default(tmp_path: Path) -> None:
    text = "services:\n  web:\n    ports: ['80:80']\n    deploy:\n      update_config: {delay: 5s}\n"
    (found,) = rollouts(tmp_path, "compose.yaml", text)
    assert (found.strategy, str(found.where)) == ("stop-first", "compose.yaml:5")


def test_several_containers_of_a_swarm_are_replaced_one_by_one(tmp_path: Path) -> None:
    deploy = "{replicas: 3, update_config: {order: stop-first}}"
    text = f"services:\n  web:\n    ports: ['80:80']\n    deploy: {deploy}\n"
    assert rollouts(tmp_path, "compose.yaml", text)[0].strategy == "rolling"


def test_a_web_service_with_a_disk_on_render_is_told_by_its_disk(tmp_path: Path) -> None:
    text = "services:\n  - type: web\n    name: shop\n    disk: {name: media, mountPath: /media}\n"
    (found,) = rollouts(tmp_path, "render.yaml", text)
    assert (found.strategy, str(found.where)) == ("disk", "render.yaml:4")


def test_kamal_and_app_engine_replace_without_a_gap(tmp_path: Path) -> None:
    rollouts(tmp_path, "config/deploy.yml", "service: shop\nservers: [10.0.0.1]\n")
    found = rollouts(tmp_path, "app.yaml", "runtime: python313\n")
    assert [(r.platform, r.strategy, r.waits) for r in found] == [
        ("app engine", "", True),
        ("kamal", "", True),
    ]


def test_a_broken_file_gives_no_rollout(tmp_path: Path) -> None:
    assert rollouts(tmp_path, "fly.toml", "[deploy\n") == ()
    assert rollouts(tmp_path, "render.yaml", "services: [\n") == ()


def test_a_description_of_development_is_left_out(tmp_path: Path) -> None:
    assert rollouts(tmp_path, "k8s/dev/web.yaml", DEPLOYMENT) == ()
