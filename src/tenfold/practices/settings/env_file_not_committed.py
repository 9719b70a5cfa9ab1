"""Environment files and local settings stay out of version control.

A committed `.env` puts credentials into every clone and image, where they stay in the history after the
file is deleted; a committed `local_settings.py` makes one machine's settings everybody's.
Holds when such files are ignored by git or only examples (`.env.example`) are committed. A `.env` without
anything that looks like a secret is reported, with low impact, when the settings read what it sets; not
when its place, its name or its values (`ENVIRONMENT=development`) say that it serves development, an image
build or tests.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.edits.model import AppendLines
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.ignoring import is_ignored
from tenfold.project.model import Known, Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.repository import EnvironmentFile

practice = Practice(
    __name__,
    held="Environment files stay out of version control",
    broken="An environment file is committed",
    impact=Impact.HIGH,
    sources=("BP39", "FB1"),
    links=("https://docs.djangoproject.com/en/stable/howto/deployment/checklist/#secret-key",),
    fix=Safety.SAFE,
)

_LOCAL = ("local_settings.py", "settings_local.py", "secrets.json")
_DEVELOPMENT = (
    *("dev", "develop", "development", "devcontainer", "test", "tests", "testing", "ci", "docs"),
    *("docker", "compose", "build", "demo", "sample"),
)
_DEPLOYED = (".env", ".env.production", ".env.prod", ".env.live", "production.env", "prod.env")


def check(project: Project) -> Iterator[Judgement]:
    if project.files.git != Known(value=True):
        yield CannotTell("no git work tree, so what is committed cannot be told")
        return
    for file in project.repository.environment_files:
        if file.tracked and not file.example:
            yield from _committed(project, file)
    with_secrets = {file.path for file in project.repository.environment_files if file.secrets}
    for found in project.files.named(*_LOCAL):
        if found.tracked and found.path not in with_secrets and not _serves_development(found.path):
            yield practice.finding(
                Location(found.path),
                f"{found.path} is committed: one machine's settings become everybody's.",
                remedy=f"git rm --cached {found.path} && echo {found.name} >> .gitignore",
                symbol=found.path,
                confidence=Confidence.MEDIUM,
                fixable=not is_ignored(project.repository.ignore_patterns, found.path),
            )


def _committed(project: Project, file: EnvironmentFile) -> Iterator[Judgement]:
    name = file.path.rpartition("/")[2]
    remedy = f"git rm --cached {file.path} && echo {name} >> .gitignore; commit {name}.example without values"
    development = _serves_development(file.path)
    fixable = not is_ignored(project.repository.ignore_patterns, file.path)
    if file.secrets:
        secret, line = file.secrets[0]
        yield practice.finding(
            Location(file.path, line),
            f"{file.path} is committed with values for {', '.join(name for name, _ in file.secrets[:3])}.",
            remedy=f"{remedy}; replace the published values",
            symbol=file.path,
            proof=f"{secret} has a value",
            impact=Impact.LOW if development else Impact.HIGH,
            confidence=_certainty(file),
            fixable=fixable,
        )
    elif (
        name in _DEPLOYED
        and not (development or file.development)
        and (read := _read_by_settings(project, file))
    ):
        variable, line = read[0]
        yield practice.finding(
            Location(file.path, line),
            f"{file.path} is committed and sets {', '.join(name for name, _ in read[:3])}, which the settings"
            " read: one deployment's configuration becomes everybody's.",
            remedy=remedy,
            symbol=file.path,
            proof=f"{variable} has a value",
            impact=Impact.LOW,
            confidence=Confidence.MEDIUM,
            fixable=fixable,
        )


def _certainty(file: EnvironmentFile) -> Confidence:
    if _serves_development(file.path):
        return Confidence.PREVIEW
    return Confidence.MEDIUM if file.development else Confidence.HIGH


def _read_by_settings(project: Project, file: EnvironmentFile) -> list[tuple[str, int]]:
    return [(name, line) for name, line in file.names if name in project.settings.variables]


def _serves_development(path: str) -> bool:
    words = re.split(r"[/._-]", path.lower())
    return not set(_DEVELOPMENT).isdisjoint(words)


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The name is added to .gitignore; `git rm --cached` stays with the person, for it changes the index."""
    yield AppendLines(".gitignore", (finding.where.path.rpartition("/")[2],))


EXAMPLES = (
    Breaks(
        {".gitignore": "*.pyc\n", ".env": "DEBUG=0\nSECRET_KEY=u8sd0f9g8d7fg6h5j4k3l2\n"},
        at=".env:2",
        fixed={".gitignore": "*.pyc\n.env\n"},
    ),
    Breaks(
        {".gitignore": "*.pyc\n", "config/local_settings.py": "DEBUG = True\n"}, at="config/local_settings.py"
    ),
    Breaks(
        {
            ".gitignore": "*.pyc\n",
            ".env": "ALLOWED_HOSTS=www.example.com\n",
            "config/settings.py": """
                import os

                ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split(",")
            """,
        },
        at=".env:1",
        fixed={".gitignore": "*.pyc\n.env\n"},
    ),
    Holds({".gitignore": ".env\n", ".env": "SECRET_KEY=u8sd0f9g8d7fg6h5j4k3l2\n"}),
    LooksAlike(
        {".gitignore": "*.pyc\n", ".env.example": "SECRET_KEY=\n"}, because="it is an example without values"
    ),
    LooksAlike(
        {".gitignore": "*.pyc\n", ".env": "COMPOSE_PROJECT_NAME=shop\n", ".env-build": "SECRET_KEY=secret\n"},
        because="one configures compose, the other an image build",
    ),
    LooksAlike(
        {
            ".gitignore": "*.pyc\n",
            ".env": "ENVIRONMENT=development\n",
            "config/settings.py": """
                import os

                DEBUG = os.environ.get("ENVIRONMENT") == "development"
            """,
        },
        because="its values say that it serves development, and none is a secret",
    ),
    LooksAlike({".env": "SECRET_KEY=abcdef0123456789"}, because="nothing says that the file is committed"),
)
