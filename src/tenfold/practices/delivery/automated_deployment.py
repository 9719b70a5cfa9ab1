"""Deployment is automated.

A deployment by hand is done differently each time and by the one person who knows how; its failure at three
in the morning waits for them.
Holds when the repository describes the deployment (a platform file, Kubernetes, Ansible, Terraform, Kamal,
Fabric) or CI has a job that deploys. A repository that says nothing may be deployed from another one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Holds, Impact, LooksAlike, Practice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Deployment is automated",
    broken="Deployment is done by hand",
    impact=Impact.MEDIUM,
    sources=("BP50",),
    links=("https://docs.djangoproject.com/en/stable/howto/deployment/",),
)

_DEPLOY = re.compile(
    r"\b(?:deploy|helm upgrade|kubectl (?:apply|set|rollout)|kamal|flyctl|heroku|ansible-playbook|terraform apply"
    r"|docker push|build-push-action|ecs|cloud run|zappa|cap production|gcloud app|eb deploy|dokku)",
    re.IGNORECASE,
)


def check(project: Project) -> Iterator[Judgement]:
    repository = project.repository
    if repository.deployments:
        return
    steps = [step for pipeline in repository.pipelines for step in pipeline.steps]
    if any(_DEPLOY.search(text) for step in steps for text in (step.run, step.uses, step.job)):
        return
    yield CannotTell(
        "nothing in the repository describes a deployment; it may be automated elsewhere"
        if repository.pipelines
        else "the repository has neither CI nor a description of its deployment"
    )


EXAMPLES = (
    Holds({"fly.toml": 'app = "shop"\n'}),
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
