"""What a file is for, told from its name and folders."""

from __future__ import annotations

import re

from tenfold.project.repository import DEVELOPMENT, PRODUCTION, TESTING, UNSURE

_DEVELOPMENT = frozenset(
    "dev develop development local localdev devcontainer vagrant sandbox override docs doc documentation "
    "example examples sample samples demo tutorial cookbook debug frontend client ui website "
    "storybook playground worktree devel debugger editor vscode gitpod tilt skaffold benchmark benchmarks "
    "loadtest".split()
)
_TESTING = frozenset(
    "test tests testing ci e2e fixtures fixture cypress playwright testdata selenium qa".split()
)
_PRODUCTION = frozenset(
    "prod production live deploy deployment deployments stage staging release swarm heroku".split()
)


def purpose_of(path: str, default: str = UNSURE) -> str:
    """PRODUCTION, DEVELOPMENT or TESTING where the path says so, else `default`.

    The file's own name counts before its folders; the innermost folder before the outer ones.
    """
    for part in reversed(path.split("/")):
        words = [word for word in re.split(r"[^a-z0-9]+", part.lower()) if word]
        for word in words:
            if word in _PRODUCTION:
                return PRODUCTION
        for word in words:
            if word in _TESTING:
                return TESTING
            if word in _DEVELOPMENT:
                return DEVELOPMENT
    return default


def purpose_of_words(text: str, default: str = UNSURE) -> str:
    """The same for one name: a stage, a job, a service."""
    return purpose_of(text.replace("/", "-"), default)
