"""Reads one Django project whole: every reader in the order of what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tenfold.errors import NoProjectError
from tenfold.project.model import Known, Location, Problem, Project, Unknown
from tenfold.project.readers.contexts import read_contexts
from tenfold.project.readers.dependencies import read_dependencies
from tenfold.project.readers.files import read_files
from tenfold.project.readers.interpreter import find_interpreter
from tenfold.project.readers.lint import start_lint
from tenfold.project.readers.migrations import read_migrations
from tenfold.project.readers.models import read_models
from tenfold.project.readers.probe import run_probe
from tenfold.project.readers.querysets import read_querysets
from tenfold.project.readers.repository import read_repository
from tenfold.project.readers.server_config import read_servers
from tenfold.project.readers.settings import read_settings
from tenfold.project.readers.source import read_source
from tenfold.project.readers.templates import read_templates
from tenfold.project.readers.urls import read_urls
from tenfold.project.server_branches import settle_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tenfold.project.dependencies import Dependencies
    from tenfold.project.files import Files
    from tenfold.project.model import Fact
    from tenfold.project.probed import Probed
    from tenfold.project.repository import Repository
    from tenfold.project.settings import Settings
    from tenfold.project.source import Source


@dataclass(frozen=True)
class Reading:
    """How to read a project.

    `probe` is True only after consent; `why_no_probe` is what the report says otherwise. `cache` is a
    folder outside the project, None to read everything anew. `seconds` limits the probe.
    """

    settings_module: str | None = None
    probe: bool = False
    why_no_probe: str = "the project was not run (--no-probe)"
    python: Path | None = None
    cache: Path | None = None
    seconds: float = 60.0
    exclude: tuple[str, ...] = ()
    today: date | None = None
    """The day to judge supported versions against; None is the day it runs."""


def _say_nothing(_: str) -> None:
    return None


def read_project(
    root: Path, reading: Reading | None = None, *, progress: Callable[[str], None] = _say_nothing
) -> Project:
    """All facts of the project at `root`.

    Raises NoProjectError when there is no Django project, or when there are several to choose from.
    """
    how = reading or Reading()
    root = _checked_root(root)
    progress("Listing files")
    files, unlisted = read_files(root, exclude=how.exclude)
    lint = start_lint(root, files, cache=how.cache)
    progress("Reading deployment and dependency files")
    repository, broken_files = read_repository(root, files)
    dependencies, broken_requirements = read_dependencies(root, files, repository)
    _refuse_other_projects(root, files, repository, dependencies)
    progress(f"Reading {sum(f.path.endswith('.py') for f in files.all):,} Python files")
    source, unread = read_source(root, files, cache=how.cache)
    progress("Evaluating settings")
    probed, settings, unset = _settle(root, how, files, source, repository, progress)
    progress("Reading URLs, models, migrations and templates")
    urls = read_urls(source, settings, probed)
    templates, untemplated = read_templates(root, files)
    servers, unserved = read_servers(root, files, source, repository)
    settings = settle_server(settings, servers)
    models = read_models(source, settings, probed)
    problems = (*unlisted, *broken_files, *broken_requirements, *unread, *unset, *untemplated, *unserved)
    return Project(
        root=root,
        name=root.name,
        files=files,
        source=source,
        settings=settings,
        urls=urls,
        models=models,
        querysets=read_querysets(source, models, settings),
        migrations=read_migrations(source, settings, probed),
        templates=templates,
        dependencies=dependencies,
        repository=repository,
        servers=servers,
        contexts=read_contexts(source, urls),
        lint=lint.result(),
        probed=probed,
        today=how.today or date.today(),
        problems=tuple(dict.fromkeys(problems)),
    )


def _settle(
    root: Path,
    how: Reading,
    files: Files,
    source: Source,
    repository: Repository,
    progress: Callable[[str], None],
) -> tuple[Fact[Probed], Settings, tuple[Problem, ...]]:
    """Static settings first: they name the module that the probe then runs."""
    probed: Fact[Probed] = Unknown(how.why_no_probe)
    settings, problems = read_settings(
        root, files, source, repository, module=how.settings_module, probed=probed
    )
    if not how.probe:
        return probed, settings, problems
    if isinstance(settings.module, Unknown):
        return Unknown(f"no settings module to run with: {settings.module.why}"), settings, problems
    interpreter = find_interpreter(root, given=how.python)
    if isinstance(interpreter, Unknown):
        return interpreter, settings, problems
    progress("Asking the project itself (probe)")
    probed = run_probe(
        root, python=interpreter.value, settings_module=settings.module.value, seconds=how.seconds
    )
    if isinstance(probed, Known):
        settings, problems = read_settings(
            root, files, source, repository, module=how.settings_module, probed=probed
        )
        problems = (*problems, *_probe_problems(probed.value))
    return probed, settings, problems


def _probe_problems(probed: Probed) -> Iterator[Problem]:
    """Sections of the probe that the project made fail: the source stands in for them."""
    reasons = probed.raw.get("reasons")
    for section, why in reasons.items() if isinstance(reasons, dict) else ():
        yield Problem(
            Location("."),
            f"the running project did not tell its {section}: {why}",
            "What is said of it comes from source; make `manage.py check` pass with the probe's interpreter.",
        )


def _checked_root(root: Path) -> Path:
    resolved = root.resolve()
    if not resolved.exists():
        raise NoProjectError(f"{root} does not exist.", next_step="Give the folder of a Django project.")
    if not resolved.is_dir():
        raise NoProjectError(f"{root} is a file.", next_step="Give the folder of a Django project.")
    return resolved


# manage.py files in these folders belong to examples and tests of the project, not to its own site.
_SIDE_FOLDERS = frozenset({"docs", "example", "examples", "sample", "samples", "sandbox", "test", "tests"})


def _refuse_other_projects(
    root: Path, files: Files, repository: Repository, dependencies: Dependencies
) -> None:
    """Refuse what is no Django project, and a folder of several projects with none at its root."""
    folders = [str(PurePosixPath(path).parent) for path in repository.manage]
    if not folders and "django" not in dependencies and not any(files.named("wsgi.py", "asgi.py")):
        raise NoProjectError(
            f"No Django project at {root}.",
            why="There is no manage.py, no wsgi.py or asgi.py, and nothing declares a dependency on Django.",
            next_step="Give the folder that holds manage.py: tenfold audit PATH",
        )
    own = [f for f in folders if not _SIDE_FOLDERS.intersection(PurePosixPath(f).parts)]
    if "." not in own and len(own) > 1:
        raise NoProjectError(
            f"{root} holds {len(own)} Django projects: {', '.join(own)}.",
            why="Each has its own manage.py, and their settings would be mixed up.",
            next_step=f"Name one: tenfold audit {root / own[0]}",
        )
