from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from tenfold.stack.export.catalogue import render_engine
from tenfold.stack.export.input import Variable
from tests.stack.export.example_input import make_input, make_topology

if TYPE_CHECKING:
    from tenfold.stack.export.input import ExportInput


def render(one: ExportInput) -> dict[str, str]:
    return {file.path: file.text for file in render_engine("kubernetes", one)}


USUAL = make_input()


def manifests(one: ExportInput) -> list[dict[str, Any]]:
    return _usual() if one == USUAL else _parse(one)


@cache
def _usual() -> list[dict[str, Any]]:
    return _parse(USUAL)


def _parse(one: ExportInput) -> list[dict[str, Any]]:
    files = render(one)
    return [d for path, text in files.items() if path.endswith(".yaml") for d in yaml.safe_load_all(text)]


def find(one: ExportInput, kind: str, name: str) -> dict[str, Any]:
    return next(m for m in manifests(one) if m["kind"] == kind and m["metadata"]["name"] == name)


def pods(one: ExportInput) -> dict[str, dict[str, Any]]:
    return {
        m["metadata"]["name"]: m["spec"]["template"]["spec"]
        for m in manifests(one)
        if "template" in m.get("spec", {})
    }


def test_a_pod_stops_only_after_nginx_and_the_server_are_done() -> None:
    one = make_input()
    pod = pods(one)["shop-app"]
    app, edge = pod["containers"]
    waits = int(app["lifecycle"]["preStop"]["exec"]["command"][1])
    assert "nginx -s quit" in edge["lifecycle"]["preStop"]["exec"]["command"][2]
    assert pod["terminationGracePeriodSeconds"] >= waits + one.topology.timeouts.graceful.whole


def test_liveness_asks_nothing_of_the_database() -> None:
    app, edge = pods(make_input())["shop-app"]["containers"]
    assert app["livenessProbe"]["exec"]["command"][-1] == "--listening"
    assert edge["livenessProbe"]["httpGet"]["path"] == "/-/edge"
    assert edge["readinessProbe"]["httpGet"]["path"] == "/healthz/"
    headers = {h["name"]: h["value"] for h in edge["readinessProbe"]["httpGet"]["httpHeaders"]}
    assert headers == {"Host": "shop.example.org", "X-Forwarded-Proto": "https"}


def test_every_pod_is_confined_and_has_bounds() -> None:
    for name, pod in pods(make_input()).items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            assert (
                container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]
            ), name


def test_rollouts_and_drains_leave_the_application_up() -> None:
    one = make_input()
    strategy = find(one, "Deployment", "shop-app")["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": 1, "maxUnavailable": 0}
    assert find(one, "PodDisruptionBudget", "shop-app")["spec"]["maxUnavailable"] == 1
    assert "replicas" not in find(one, "Deployment", "shop-app")["spec"]  # the autoscaler's


def test_pods_grow_only_as_far_as_the_pooler_has_clients() -> None:
    one = make_input()
    scaling = find(one, "HorizontalPodAutoscaler", "shop-app")["spec"]
    app, database = one.topology.app, one.topology.database
    others = one.topology.tasks.concurrency.whole + 1
    most = (scaling["maxReplicas"] + 1) * app.workers.whole * app.threads.whole + others
    assert scaling["minReplicas"] == app.instances.whole
    assert most <= database.pooler_clients.whole or scaling["maxReplicas"] == app.instances.whole


def test_pods_grow_only_as_far_as_postgresql_has_connections() -> None:
    one = make_input(topology=make_topology(pooler=False))
    scaling = find(one, "HorizontalPodAutoscaler", "shop-app")["spec"]
    app, database = one.topology.app, one.topology.database
    most = (scaling["maxReplicas"] + 1) * app.workers.whole * database.pool_max.whole
    assert most <= database.max_connections.whole or scaling["maxReplicas"] == app.instances.whole


def test_the_ingress_waits_longer_than_nginx_in_the_pod() -> None:
    one = make_input()
    ingress = find(one, "Ingress", "shop")
    waits = int(ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-read-timeout"])
    assert waits > one.topology.timeouts.edge.whole
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == list(one.hosts)


def test_nginx_believes_the_ingress_and_limits_no_rate() -> None:
    nginx = find(make_input(), "ConfigMap", "shop-nginx")["data"]["nginx.conf"]
    assert "limit_req" not in nginx
    assert "real_ip_header X-Forwarded-For;" in nginx
    assert "proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;" in nginx
    assert "ssl_certificate" not in nginx


def test_migrations_run_once_past_the_pooler() -> None:
    job = find(make_input(), "Job", "shop-migrate")["spec"]
    assert (job["completions"], job["parallelism"], job["backoffLimit"]) == (1, 1, 0)
    given = {e["name"]: e.get("value", "") for e in job["template"]["spec"]["containers"][0]["env"]}
    assert "@shop-db-rw:5432/" in given["DATABASE_URL"]
    assert "migrate-job.yaml" not in yaml.safe_load(render(make_input())["kustomization.yaml"])["resources"]


def test_the_password_stands_before_what_refers_to_it() -> None:
    containers = pods(make_input())["shop-app"]["containers"][0]["env"]
    names = [entry["name"] for entry in containers]
    assert names.index("DATABASE_PASSWORD") < names.index("DATABASE_URL")
    assert "$(DATABASE_PASSWORD)" in containers[names.index("DATABASE_URL")]["value"]


def test_no_variable_stands_twice_even_where_the_project_reads_the_passwords_own_name() -> None:
    own = Variable("DATABASE_PASSWORD", "database-password", "shop/settings.py:9", secret=True)
    one = replace(make_input(), variables=(*make_input().variables, own))
    names = [entry["name"] for entry in pods(one)["shop-app"]["containers"][0]["env"]]
    assert names.count("DATABASE_PASSWORD") == 1


def test_stores_are_reached_by_the_project_alone() -> None:
    policy = find(make_input(), "NetworkPolicy", "shop-broker")["spec"]
    allowed = policy["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"]
    assert allowed == ["app", "worker", "scheduler", "migrate"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    closed = find(make_input(), "NetworkPolicy", "shop-nothing-comes-in")["spec"]
    assert "ingress" not in closed


def test_changed_configuration_replaces_the_pods() -> None:
    def checksum(one: ExportInput) -> str:
        template = find(one, "Deployment", "shop-app")["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/config"])

    assert checksum(make_input()) == checksum(make_input())
    assert checksum(make_input()) != checksum(make_input(hosts=("other.example.org",)))


def test_the_operator_gets_a_primary_and_every_replica() -> None:
    cluster = find(make_input(topology=make_topology(replicas=2, memory=16)), "Cluster", "shop-db")["spec"]
    assert cluster["instances"] == 3
    assert "listen_addresses" not in cluster["postgresql"]["parameters"]  # the operator's own
