"""Which files describe a deployment."""

from __future__ import annotations

import re

_NAMES = re.compile(
    r"Procfile|fly(?:\.[\w-]+)?\.toml|render\.ya?ml|app\.json|heroku\.yml|railway\.(?:toml|json)|nixpacks\.toml|"
    r"Dockerrun\.aws\.json|fabfile(?:\.py)?|Chart\.ya?ml|kustomization\.ya?ml|skaffold\.ya?ml|serverless\.ya?ml|"
    r"zappa_settings\.(?:json|py|ya?ml)|appspec\.ya?ml|cloudbuild\.ya?ml|copilot\.ya?ml|captain-definition|"
    r"\.platform\.app\.yaml|\.upsun\.yaml|dokku-\w+|Pulumi\.ya?ml|template\.sam\.ya?ml|vercel\.json|"
    r"deploy\.template\.yaml|Vagrantfile\.prod|ansible\.cfg|.+\.nomad(?:\.hcl)?|app\.ya?ml|cdk\.json|"
    r"azure\.ya?ml|.*ecs-task.*\.json|task-definition.*\.json|zeabur\.json|nomad\.hcl|apprunner\.yaml"
)
_PATHS = re.compile(
    r"(?:.*/)?(?:ansible|playbooks)/(?:.*/)?[\w-]+\.ya?ml|(?:.*/)?\.kamal/.+|(?:.*/)?config/deploy(?:\.[\w-]+)?\.yml|"
    r"(?:.*/)?\.ebextensions/.+\.config|(?:.*/)?[\w./-]+\.tf|(?:.*/)?(?:playbook|site)\.ya?ml|"
    r"(?:.*/)?\.do/(?:app|deploy\.template)\.yaml|(?:.*/)?\.elasticbeanstalk/config\.yml"
)


def is_deployment(path: str) -> bool:
    """Whether the file at `path` says how the project is deployed, told from its name and folder."""
    return bool(_NAMES.fullmatch(path.rpartition("/")[2]) or _PATHS.fullmatch(path))
