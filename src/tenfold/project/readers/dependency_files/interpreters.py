"""Which Python production runs: the image, then what platforms and version managers read, then CI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.model import Known, Location, Unknown
from tenfold.project.repository import PRODUCTION, UNSURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.files import Files
    from tenfold.project.model import Fact
    from tenfold.project.readers.texts import Texts
    from tenfold.project.repository import Dockerfile, Repository

_IMAGE = re.compile(r"(?:^|/)(?:python|pypy|cpython|uv|python-\w+)[:-](?:[\w.-]*?python)?-?(3\.\d+)")
_PIPELINE = re.compile(r"python-version:\s*['\"\[]*\s*['\"]?(3\.\d+)|(?:image|docker):.*\bpython:(3\.\d+)")
_VERSIONED = (
    ("runtime.txt", re.compile(r"python-(3\.\d+)")),
    (".python-version", re.compile(r"(?:cpython[-@])?(3\.\d+)")),
    (".tool-versions", re.compile(r"^python\s+(3\.\d+)", re.MULTILINE)),
    ("mise.toml", re.compile(r"^python\s*=\s*[\"'](3\.\d+)", re.MULTILINE)),
    (".mise.toml", re.compile(r"^python\s*=\s*[\"'](3\.\d+)", re.MULTILINE)),
    ("Pipfile", re.compile(r"^python_(?:full_)?version\s*=\s*[\"'](3\.\d+)", re.MULTILINE)),
)


def find_python(
    files: Files, texts: Texts, repository: Repository, *, requires: Fact[str] | None
) -> Fact[str]:
    """ "3.12" and where it says so; Unknown when nothing tells."""
    for found in (*_from_images(repository), *_from_version_files(files, texts)):
        return found
    floor = lowest_python(requires)
    if floor is not None:
        return floor
    for found in _from_pipelines(texts, repository):
        return found
    return Unknown(
        "no image, runtime.txt, .python-version, requires-python or CI file names a Python version"
    )


def _from_images(repository: Repository) -> Iterator[Known[str]]:
    for wanted in (PRODUCTION, UNSURE):
        for dockerfile in sorted(repository.dockerfiles, key=lambda d: (d.path.count("/"), d.path)):
            if dockerfile.purpose == wanted:
                yield from _from_stages(dockerfile)


def _from_stages(dockerfile: Dockerfile) -> Iterator[Known[str]]:
    """The last stage's image, through the stages it builds on."""
    named = {stage.name.lower(): stage for stage in dockerfile.stages if stage.name}
    stage = dockerfile.stages[-1] if dockerfile.stages else None
    for _ in range(len(dockerfile.stages)):
        if stage is None:
            return
        match = _IMAGE.search(stage.image)
        if match:
            yield Known(match[1], stage.where)
            return
        stage = named.get(stage.image.lower())


def _from_version_files(files: Files, texts: Texts) -> Iterator[Known[str]]:
    for name, pattern in _VERSIONED:
        text = texts.get(name) if name in files else None
        match = pattern.search(text) if text else None
        if match and text is not None:
            yield Known(match[1], Location(name, text.count("\n", 0, match.start(1)) + 1))


def lowest_python(requires: Fact[str] | None) -> Known[str] | None:
    """The lowest version that `requires-python` allows: what is written is a floor."""
    if not isinstance(requires, Known):
        return None
    match = re.search(r"(?:>=|~=|==|\^|~|>|^)\s*(3\.\d+)", requires.value)
    return Known(match[1], requires.where) if match else None


def _from_pipelines(texts: Texts, repository: Repository) -> Iterator[Known[str]]:
    for pipeline in repository.pipelines:
        text = texts.get(pipeline.path)
        match = _PIPELINE.search(text) if text else None
        if match and text is not None:
            line = text.count("\n", 0, match.start()) + 1
            yield Known(match[1] or match[2], Location(pipeline.path, line))
