"""Commands of the files that a host, a platform or a person starts: units, platforms, loose scripts."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.configurations import expand_configurations
from tenfold.project.readers.repository_files.development import NAMES as DEVELOPMENT_NAMES
from tenfold.project.readers.repository_files.development import read_development
from tenfold.project.readers.repository_files.finder import script_finder
from tenfold.project.readers.repository_files.kubernetes import is_manifest, read_manifests
from tenfold.project.readers.repository_files.launch import Start, run_text
from tenfold.project.readers.repository_files.platforms import Platform, is_platform, read_platform
from tenfold.project.readers.repository_files.procfile import read_procfile
from tenfold.project.readers.repository_files.purpose import purpose_of
from tenfold.project.readers.repository_files.units import run_supervisor, run_unit
from tenfold.project.readers.repository_files.uwsgi import run_uwsgi
from tenfold.project.repository import DEVELOPMENT, PRODUCTION, TESTING, UNSURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.files import File, Files
    from tenfold.project.readers.repository_files.launch import Scripts
    from tenfold.project.readers.texts import Texts
    from tenfold.project.repository import Command

MAXIMUM_MANIFESTS = 300
MAXIMUM_SCRIPTS = 200
MAXIMUM_SCRIPT_BYTES = 100_000
"""A larger script is an installer that carries data; one that something starts is read whatever its size."""
LONG_RUNNING = frozenset({"web", "worker", "scheduler", "development server"})
_MANIFEST_FOLDER = re.compile(
    r"(?:^|[/_-])(?:k8s|kubernetes|kube|helm|charts?|manifests?|deploy(?:ments?)?|kustomize|overlays|infra\w*)(?:[/_-]|$)"
)
_SUPERVISOR = re.compile(
    r"(?:.*/)?supervisord?[^/]*\.(?:conf|ini)|.*supervisor[^/]*/(?:.*/)?[^/]+\.(?:conf|ini)"
)
_UNIT = re.compile(r".+\.service(?:\.(?:j2|in|template|example|sample|tmpl))?")
_SERVICE_RUN = re.compile(
    r"(?:.*/)?(?:services\.d|s6-rc\.d|s6|sv|runit|service|services|s6-overlay)/(?:.*/)?([^/]+)/run"
)
_RELEASE_SCRIPT = re.compile(
    r"(?:^|[_./-])(?:deploy|release|migrate|upgrade|update|postdeploy|predeploy)(?:[_.-]|$)"
)


def read_hosts(files: Files, texts: Texts) -> Iterator[Command]:
    """Procfiles, units, supervisor programs, platform files, Kubernetes, Makefiles: each by its name."""
    manifests = 0
    for file in files.all:
        if not any(pattern(file) for pattern in _CANDIDATES):
            continue
        manifests += file.name.endswith((".yaml", ".yml"))
        if manifests > MAXIMUM_MANIFESTS and file.name.endswith((".yaml", ".yml")):
            texts.note(_too_many(MAXIMUM_MANIFESTS, "deployment manifests"))
            continue
        text = texts.get(file.path)
        if text is None:
            continue
        folder = file.path.rpartition("/")[0]
        folders = (folder, "") if folder else ("",)
        scripts = script_finder(files, texts, folders=folders)
        commands = _read_file(file, text, scripts, files=files, texts=texts)
        for service in _by_service(commands):
            yield from expand_configurations(service, files, texts, folders=folders)


def _too_many(limit: int, kind: str) -> Problem:
    what = f"more than {limit} {kind}; those behind the first {limit}, by path, were not read"
    return Problem(Location("."), what, "Exclude those that do not start this project.")


def _by_service(commands: list[Command]) -> Iterator[list[Command]]:
    services: dict[tuple[str, str], list[Command]] = {}
    for command in commands:
        services.setdefault((command.service, command.phase), []).append(command)
    yield from services.values()


def _is_manifest_candidate(file: File) -> bool:
    return file.name.endswith((".yaml", ".yml")) and bool(
        _MANIFEST_FOLDER.search(file.path.rpartition("/")[0])
    )


def _is_procfile(file: File) -> bool:
    return any(fnmatchcase(file.name, p) for p in ("Procfile", "Procfile.*", "*.Procfile")) and not (
        file.name.endswith((".sh", ".py", ".md"))
    )


_CANDIDATES = (
    _is_manifest_candidate,
    _is_procfile,
    lambda file: (
        is_platform(file.name) and (not file.name.endswith(".config") or ".ebextensions" in file.path)
    ),
    lambda file: bool(_UNIT.fullmatch(file.name)),
    lambda file: bool(_SUPERVISOR.fullmatch(file.path)),
    lambda file: bool(_SERVICE_RUN.fullmatch(file.path)),
    lambda file: file.name in DEVELOPMENT_NAMES and file.path.count("/") <= 2,
)


def _read_file(file: File, text: str, scripts: Scripts, *, files: Files, texts: Texts) -> list[Command]:
    purpose = purpose_of(file.path, PRODUCTION)
    if _is_procfile(file):
        # Servers of the platforms that read Procfiles are Linux: this one is for a developer's machine.
        purpose = DEVELOPMENT if file.name == "Procfile.windows" else purpose
        return list(read_procfile(text, file.path, purpose, scripts=scripts))
    if _UNIT.fullmatch(file.name):
        start = Start(file.name.partition(".service")[0], "systemd", purpose)
        return list(
            run_unit(text, file.path, start, scripts=scripts, drop_ins=_read_drop_ins(file, files, texts))
        )
    if _SUPERVISOR.fullmatch(file.path):
        return list(run_supervisor(text, file.path, purpose, scripts=scripts))
    run = _SERVICE_RUN.fullmatch(file.path)
    if run:
        return list(run_text(text, Location(file.path, 1), Start(run[1], "script", purpose), scripts=scripts))
    if file.name in DEVELOPMENT_NAMES:
        commands, problem = read_development(text, file.path)
    elif is_manifest(text):
        commands, problem = read_manifests(text, file.path, purpose, scripts=scripts)
    elif is_platform(file.name) and not (
        file.name.startswith("deploy.") and "config/" not in file.path and ".do/" not in file.path
    ):
        commands, problem = read_platform(Platform(text, file.path, purpose, scripts))
    else:
        return []
    if problem is not None:
        texts.note(problem)
    return list(commands)


def _read_drop_ins(file: File, files: Files, texts: Texts) -> tuple[tuple[str, str], ...]:
    folder = f"{file.path}.d/"
    paths = sorted(f.path for f in files.all if f.path.startswith(folder) and f.name.endswith(".conf"))
    return tuple((path, text) for path in paths if (text := texts.get(path)) is not None)


def read_loose_scripts(files: Files, texts: Texts, known: list[Command]) -> Iterator[Command]:
    """Shell scripts and uwsgi files that nothing in the repository starts for production, and that start
    a server or worker, or release: `bin/run-prod.sh` that a platform outside the repository calls."""
    used = {c.where.path for c in known if c.purpose in (PRODUCTION, UNSURE) and c.origin != "ci"}
    scripts = [f for f in files.all if f.name.endswith((".sh", ".bash")) and f.size <= MAXIMUM_SCRIPT_BYTES]
    if len(scripts) > MAXIMUM_SCRIPTS:
        texts.note(_too_many(MAXIMUM_SCRIPTS, "shell scripts"))
    for file in scripts[:MAXIMUM_SCRIPTS]:
        purpose = purpose_of(file.path)
        if file.path in used or purpose in (DEVELOPMENT, TESTING) or (text := texts.get(file.path)) is None:
            continue
        yield from _run_loose(file, text, purpose, files=files, texts=texts)
    for file in files.named("*uwsgi*.ini"):
        text = texts.get(file.path) if not _is_run(file, known) else None
        if text is not None:
            purpose = purpose_of(file.path)
            yield from run_uwsgi(text, file.path, Start(file.path, "uwsgi", purpose))


def _is_run(file: File, known: list[Command]) -> bool:
    return any(c.where.path == file.path or any(w.endswith(file.name) for w in c.words) for c in known)


def _run_loose(file: File, text: str, purpose: str, *, files: Files, texts: Texts) -> Iterator[Command]:
    folder = file.path.rpartition("/")[0]
    folders = ("", folder) if folder else ("",)
    finder = script_finder(files, texts, folders=folders)
    start = Start(file.path, "script", purpose)
    commands = run_text(text, Location(file.path, 1), start, scripts=finder)
    roles = {c.role for c in commands}
    if roles & LONG_RUNNING:
        yield from expand_configurations(commands, files, texts, folders=folders)
    elif roles - {"", "check", "test"} and _RELEASE_SCRIPT.search(file.path):
        release = Start(file.path, "script", purpose, "release")
        yield from run_text(text, Location(file.path, 1), release, scripts=finder)
