"""Releases replace the running one without downtime, and there is a way back.

Where the running release is stopped before the next one answers, each release is an outage as long as the
start: pulling the image, importing Django, warming up. Where nothing asks the next release whether it is ready,
requests reach processes that are still starting, and a release that cannot start takes the site with it.
Holds when the description of the deployment starts the next release beside the running one and waits until it
is ready: Kubernetes' RollingUpdate with a readiness probe, `order: start-first` of a swarm, Fly's rolling,
canary or bluegreen, Kamal, App Engine, Render without a disk. Argo Rollouts and service meshes are not read; a
repository that says nothing may be released from another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.repository import Rollout

practice = Practice(
    __name__,
    held="Releases replace the running one without downtime",
    broken="A release stops the running one first",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
    sources=("BP33",),
    links=(
        "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy",
        "https://docs.docker.com/reference/compose-file/deploy/#update_config",
        "https://fly.io/docs/reference/configuration/#picking-a-deployment-strategy",
    ),
)

_STOPS_FIRST = {
    ("kubernetes", "Recreate"): (
        "every pod is stopped before the first new one starts",
        "strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}",
    ),
    ("compose", "stop-first"): (
        "its one container is stopped before the next one starts",
        "deploy: {update_config: {order: start-first, failure_action: rollback}}",
    ),
    ("fly", "immediate"): (
        "every machine is replaced at once, without waiting for its health checks",
        '[deploy] strategy = "bluegreen"',
    ),
    ("render", "disk"): (
        "a service with a disk is stopped before its next release starts",
        "Move what the disk holds to object storage, then remove disk from the service",
    ),
}


def check(project: Project) -> Iterator[Judgement]:
    rollouts = project.repository.rollouts
    if not rollouts:
        yield CannotTell("nothing in the repository says how a release replaces the running one")
    for rollout in rollouts:
        stops = _STOPS_FIRST.get((rollout.platform, rollout.strategy))
        if stops is not None:
            yield _finding(rollout, stops[0], remedy=stops[1])
        elif rollout.platform == "kubernetes" and not rollout.waits:
            yield _finding(
                rollout,
                "a new pod gets requests as soon as its process exists, and the old ones go although it may never"
                " answer, for it has no readiness probe",
                remedy="readinessProbe: {httpGet: {path: /health/, port: 8000}, periodSeconds: 5}",
            )


def _finding(rollout: Rollout, what: str, *, remedy: str) -> Judgement:
    strategy = f" ({rollout.strategy})" if rollout.strategy else ""
    return practice.finding(
        rollout.where,
        f"In a release of {rollout.service}{strategy}, {what}.",
        remedy=remedy,
        symbol=f"{rollout.platform} {rollout.service}",
        proof=f"{rollout.platform}: {rollout.strategy or 'the default strategy'}",
    )


_DEPLOYMENT = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      strategy:
        type: %s
      template:
        spec:
          containers:
            - name: web
              image: %s
              ports: [{containerPort: 8000}]
              readinessProbe: {httpGet: {path: /health/, port: 8000}}
"""
EXAMPLES = (
    Breaks({"deploy/web.yaml": _DEPLOYMENT % ("Recreate", "shop:1.4")}, at="deploy/web.yaml:7"),
    Breaks(
        {
            "deploy/web.yaml": """
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: web
                spec:
                  template:
                    spec:
                      containers:
                        - name: web
                          image: shop:1.4
                          ports: [{containerPort: 8000}]
            """
        },
        at="deploy/web.yaml:6",
    ),
    Breaks({"fly.toml": 'app = "shop"\n[deploy]\nstrategy = "immediate"\n[http_service]\n'}, at="fly.toml:3"),
    Holds({"deploy/web.yaml": _DEPLOYMENT % ("RollingUpdate", "shop:1.4")}),
    Holds(
        {
            "compose.yaml": """
                services:
                  web:
                    image: shop:1.4
                    ports: ["8000:8000"]
                    healthcheck: {test: ["CMD", "curl", "localhost:8000/health/"]}
                    deploy:
                      update_config: {order: start-first}
            """
        }
    ),
    LooksAlike(
        {"deploy/database.yaml": _DEPLOYMENT % ("Recreate", "postgres:17")},
        because="a database must not run twice on one disk",
    ),
    LooksAlike({"shop/models.py": ""}, because="the release may be described in another repository"),
)
