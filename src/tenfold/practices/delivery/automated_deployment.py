"""Deployment is automated, and a failed one is noticed.

A deployment by hand is done differently each time and by the one person who knows how; its failure at three
in the morning waits for them. A job of CI that starts a deployment and does not wait for its end is green while
the new release crashes at each start.
Holds when the repository describes the deployment (a platform file, Kubernetes, Ansible, Terraform, Kamal,
Fabric) or CI has a job that deploys. Reported are jobs that pull the code onto a server over ssh, which leaves
no way back, and `kubectl` or `helm upgrade` without waiting for the outcome. A repository that says nothing may
be deployed from another one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.repository import Pipeline, PipelineStep

practice = Practice(
    __name__,
    held="Deployment is automated",
    broken="A deployment is not followed to its end",
    impact=Impact.MEDIUM,
    sources=("BP50",),
    confidence=Confidence.MEDIUM,
    links=("https://docs.djangoproject.com/en/stable/howto/deployment/",),
)

_DEPLOY = re.compile(
    r"\b(?:deploy|helm upgrade|kubectl (?:apply|set|rollout)|kamal|flyctl|heroku|ansible-playbook|terraform apply"
    r"|docker push|build-push-action|ecs|cloud run|zappa|cap production|gcloud app|eb deploy|dokku)",
    re.IGNORECASE,
)


_PULL = re.compile(r"\bssh\b[\s\S]*\bgit (?:pull|fetch|reset --hard)\b")
_KUBECTL = re.compile(r"\bkubectl\b[^\n|;&]*\s(?:apply|set image|rollout restart|patch)\b")
_KUBECTL_WAIT = re.compile(r"\bkubectl\b[^\n|;&]*\s(?:rollout status|wait)\b")
_HELM = re.compile(r"\bhelm\b[^\n|;&]*\supgrade\b(?:\\\n|[^\n])*")
_HELM_WAIT = re.compile(r"--(?:wait|atomic|rollback-on-failure)\b")


def check(project: Project) -> Iterator[Judgement]:
    repository = project.repository
    steps = [step for pipeline in repository.pipelines for step in pipeline.steps]
    for pipeline in repository.pipelines:
        yield from _unfinished(pipeline)
    if repository.deployments:
        return
    if any(_DEPLOY.search(text) for step in steps for text in (step.run, step.uses, step.job)):
        return
    yield CannotTell(
        "nothing in the repository describes a deployment; it may be automated elsewhere"
        if repository.pipelines
        else "the repository has neither CI nor a description of its deployment"
    )


def _unfinished(pipeline: Pipeline) -> Iterator[Judgement]:
    waited = any(_KUBECTL_WAIT.search(step.run) for step in pipeline.steps)
    for step in pipeline.steps:
        helm = _HELM.search(step.run)
        if _PULL.search(step.run):
            yield _finding(
                step,
                "pulls the code onto a server over ssh: what runs is not what was tested, a failure half way"
                " leaves both mixed, and there is no earlier release to go back to",
                remedy="Build an image (or an archive) per commit in CI, deploy it by its name, and keep the last one",
            )
        elif helm and not _HELM_WAIT.search(helm[0]):
            yield _finding(
                step,
                "ends before the new release is ready: it stays green when no pod starts",
                remedy="helm upgrade --install --atomic --timeout 5m ...",
            )
        elif _KUBECTL.search(step.run) and not waited and "--dry-run" not in step.run:
            yield _finding(
                step,
                "ends before the new release is ready: it stays green when no pod starts",
                remedy="kubectl rollout status deployment/<name> --timeout=5m"
                " || { kubectl rollout undo deployment/<name>; exit 1; }",
            )


def _finding(step: PipelineStep, what: str, *, remedy: str) -> Judgement:
    return practice.finding(
        step.where,
        f"The job {step.job or 'that deploys'} {what}.",
        remedy=remedy,
        symbol=f"{step.where.path} {step.job}",
        proof=next(iter(step.run.strip().splitlines()), ""),
    )


EXAMPLES = (
    Breaks(
        {
            ".github/workflows/release.yml": """
                on: push
                jobs:
                  deploy:
                    steps:
                      - run: kubectl set image deployment/web web=shop:$GITHUB_SHA
            """
        },
        at=".github/workflows/release.yml:5",
    ),
    Breaks(
        {
            ".github/workflows/release.yml": """
                on: push
                jobs:
                  deploy:
                    steps:
                      - run: ssh web@shop.example "cd shop && git pull && systemctl restart shop"
            """
        },
        at=".github/workflows/release.yml:5",
    ),
    Holds(
        {
            ".github/workflows/release.yml": """
                on: push
                jobs:
                  deploy:
                    steps:
                      - run: kubectl set image deployment/web web=shop:$GITHUB_SHA
                      - run: kubectl rollout status deployment/web --timeout=5m
            """
        }
    ),
    Holds({"fly.toml": 'app = "shop"\n'}),
    LooksAlike(
        {
            ".github/workflows/release.yml": """
                on: push
                jobs:
                  deploy:
                    steps:
                      - run: |
                          helm upgrade --install \\
                            --set tag=$GITHUB_SHA \\
                            --wait \\
                            shop ./chart
            """
        },
        because="the option stands on a later line of the same command",
    ),
    Holds(
        {
            ".github/workflows/release.yml": """
                on: push
                jobs:
                  deploy:
                    steps:
                      - run: ./release.sh
            """
        }
    ),
    LooksAlike({"shop/models.py": ""}, because="the deployment may be described in another repository"),
)
