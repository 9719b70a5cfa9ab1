"""Development and production are identical (containers), and the image is built the same each time.

What runs on another system library or another Python than it was tested with fails where nobody can step
through it. An image named `latest`, or without a tag, changes under the same Dockerfile.
Holds when a Dockerfile (or Nix, Buildpacks, a platform's build) describes what production runs, from images
that are named by version. A host that units of systemd or a deployment describe is no breach, and the image of a
package that others install may stand in another repository. Stages that leave nothing in the image are not judged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.edits.model import CreateFile
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.model import Known, Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.repository import Dockerfile, Stage

practice = Practice(
    __name__,
    held="The image is described and built the same each time",
    broken="What production runs is not described, or changes by itself",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
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
    if not dockerfiles and not _is_described(project):
        if any(file.path == "MANIFEST.in" for file in project.files.named("MANIFEST.in")):
            yield CannotTell("it is installed as a package; its image may stand in another repository")
            return
        yield practice.finding(
            Location("Dockerfile"),
            "Nothing describes the system that production runs on: no Dockerfile, no platform file.",
            remedy=f"Dockerfile:\n{_dockerfile(project)}",
            symbol="Dockerfile",
            confidence=Confidence.PREVIEW,
        )
    for dockerfile in dockerfiles:
        if dockerfile.purpose != "production":
            continue
        yield from _unversioned(dockerfile)


def _is_described(project: Project) -> bool:
    """Whether a platform's file, a deployment or a host's own units say what production runs on."""
    units = any(c.origin in ("systemd", "supervisor") for c in project.repository.commands)
    return units or bool(project.repository.deployments) or any(project.files.named(*_OTHERS, *_PLATFORMS))


def _unversioned(dockerfile: Dockerfile) -> Iterator[Judgement]:
    """One finding per image of the Dockerfile."""
    found: dict[str, list[Location]] = {}
    # A build argument's default is what nobody builds with: the pipeline names the version.
    given = {line for name, text, line in dockerfile.instructions if name == "FROM" and "$" in text}
    for stage in _used(dockerfile):
        if _changes(stage.image) and stage.where.line not in given:
            found.setdefault(stage.image, []).append(stage.where)
    for image, places in found.items():
        yield practice.finding(
            places[0],
            f"The image {image} names no version: the same Dockerfile builds something else tomorrow.",
            remedy=f"FROM {image.partition(':')[0]}:<version>",
            symbol=f"{dockerfile.path} {image}",
            related=places[1:],
            fixable=False,
        )


def _used(dockerfile: Dockerfile) -> list[Stage]:
    """The stages that can run (the last, and those with a command) and what they are built or copied from."""
    bodies: list[list[tuple[str, str]]] = []
    for name, text, _ in dockerfile.instructions:
        if name == "FROM":
            bodies.append([])
        elif bodies:
            bodies[-1].append((name, text))
    stages = dockerfile.stages
    wanted: set[int] = set()
    for index in range(len(stages) - 1, -1, -1):
        starts = any(name in ("CMD", "ENTRYPOINT") for name, _ in bodies[index])
        if index not in wanted and index != len(stages) - 1 and not starts:
            continue
        used = {stages[index].image, *(s for _, text in bodies[index] for s in _FROM_STAGE.findall(text))}
        wanted |= {index} | {n for n in range(index) if {str(n), stages[n].name or str(n)} & used}
    names = {stage.name for stage in stages}
    return [stage for n, stage in enumerate(stages) if n in wanted and stage.image not in names]


_FROM_STAGE = re.compile(r"\bfrom=([\w.-]+)")


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
    LooksAlike(
        {
            "Dockerfile": """
                FROM tonistiigi/binfmt AS emulators
                FROM node:22 AS assets
                FROM python:3.13-slim
                COPY --from=assets /dist /app/static
                CMD ["gunicorn", "config.wsgi"]
            """
        },
        because="nothing of the stage `emulators` comes into the image",
    ),
    LooksAlike(
        {
            "contrib/shop.service": """
                [Service]
                ExecStart=/srv/shop/bin/gunicorn config.wsgi --workers 4
            """
        },
        because="a unit describes the host",
    ),
    LooksAlike(
        {"MANIFEST.in": "recursive-include shop/static *\n"},
        because="others install it as a package, and the image may stand in another repository",
    ),
)
