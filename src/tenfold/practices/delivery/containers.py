"""Development and production are identical (containers), and the image is built the same each time.

What runs on another system library or another Python than it was tested with fails where nobody can step
through it. An image named `latest`, or without a tag, changes under the same Dockerfile.
Holds when a Dockerfile (or Nix, Buildpacks, a platform's build) describes what production runs, from images
that are named by version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import CreateFile
from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.model import Known, Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="The image is described and built the same each time",
    broken="What production runs is not described, or changes by itself",
    impact=Impact.LOW,
    sources=("BP73",),
    links=("https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",),
    fix=Safety.UNSAFE,
)

_OTHERS = (
    "flake.nix",
    "default.nix",
    "shell.nix",
    "project.toml",
    "nixpacks.toml",
    "devbox.json",
    "Containerfile",
)
_PLATFORMS = (
    "fly.toml",
    "app.yaml",
    "render.yaml",
    "railway.toml",
    "railway.json",
    "Procfile",
    "zappa_settings.json",
)


def check(project: Project) -> Iterator[Judgement]:
    dockerfiles = project.repository.dockerfiles
    if not dockerfiles and not any(project.files.named(*_OTHERS, *_PLATFORMS)):
        yield practice.finding(
            Location("Dockerfile"),
            "Nothing describes the system that production runs on: no Dockerfile, no platform file.",
            remedy=f"Dockerfile:\n{_dockerfile(project)}",
            symbol="Dockerfile",
            confidence=Confidence.MEDIUM,
        )
    for dockerfile in dockerfiles:
        if dockerfile.purpose != "production":
            continue
        names = {stage.name for stage in dockerfile.stages}
        for stage in dockerfile.stages:
            if stage.image not in names and _changes(stage.image):
                yield practice.finding(
                    stage.where,
                    f"The image {stage.image} names no version: the same Dockerfile builds something else"
                    " tomorrow.",
                    remedy=f"FROM {stage.image.partition(':')[0]}:<version>",
                    symbol=f"{dockerfile.path} {stage.image}",
                    fixable=False,
                )


def _changes(image: str) -> bool:
    """Whether the name stands for whatever is newest: no tag, or the tag `latest`."""
    if image == "scratch" or "$" in image or "@" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")


def _dockerfile(project: Project) -> str:
    python = project.dependencies.python
    version = python.value if isinstance(python, Known) else "3.13"
    series = ".".join(version.split(".")[:2])
    wsgi = next((f.path for f in project.files.named("wsgi.py")), "config/wsgi.py")
    module = wsgi.removesuffix(".py").replace("/", ".")
    requirements = next((f for f in project.dependencies.files if f.endswith("requirements.txt")), "")
    install = f"-r {requirements}" if requirements else "."
    return (
        f"FROM python:{series}-slim\n"
        "ENV PYTHONUNBUFFERED=1\n"
        "WORKDIR /app\n"
        "COPY . .\n"
        f"RUN pip install --no-cache-dir gunicorn {install}\n"
        "RUN useradd --system app\n"
        "USER app\n"
        f'CMD ["gunicorn", "{module}", "--bind", "0.0.0.0:8000"]\n'
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """A Dockerfile that serves the project with gunicorn; unsafe because it cannot know system packages."""
    if finding.symbol == "Dockerfile":
        yield CreateFile("Dockerfile", _dockerfile(project))


EXAMPLES = (
    Breaks(
        {"requirements.txt": "Django==5.2.4\n"},
        at="Dockerfile",
        fixed={
            "Dockerfile": """
                FROM python:3.13-slim
                ENV PYTHONUNBUFFERED=1
                WORKDIR /app
                COPY . .
                RUN pip install --no-cache-dir gunicorn -r requirements.txt
                RUN useradd --system app
                USER app
                CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000"]
            """
        },
    ),
    Breaks({"Dockerfile": 'FROM python:latest\nCMD ["gunicorn", "config.wsgi"]\n'}, at="Dockerfile:1"),
    Holds({"Dockerfile": 'FROM python:3.13-slim\nCMD ["gunicorn", "config.wsgi"]\n'}),
    LooksAlike(
        {
            "Dockerfile": """
                ARG PYTHON=3.13
                FROM python:${PYTHON}-slim AS base
                FROM base
                CMD ["gunicorn", "config.wsgi"]
            """
        },
        because="an argument names the version, and `base` is an earlier stage",
    ),
)
