"""Reads production's settings: chooses the module, evaluates it statically, merges what the probe resolved."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tenfold.project.model import Known, Location, Problem, Unknown
from tenfold.project.readers.settings_evaluator.evaluation import evaluate_settings
from tenfold.project.readers.settings_evaluator.modules import purpose_of
from tenfold.project.readers.settings_evaluator.probed import merge_probed
from tenfold.project.readers.settings_evaluator.production import choose_settings
from tenfold.project.readers.text import read_text
from tenfold.project.repository import DEVELOPMENT, TESTING
from tenfold.project.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenfold.project.files import Files
    from tenfold.project.model import Fact
    from tenfold.project.probed import Probed
    from tenfold.project.readers.settings_evaluator.production import Choice
    from tenfold.project.repository import Repository
    from tenfold.project.source import Source


def read_settings(
    root: Path,
    files: Files,
    source: Source,
    repository: Repository,
    *,
    module: str | None,
    probed: Fact[Probed],
) -> tuple[Settings, tuple[Problem, ...]]:
    """Production's settings, and the settings files that could not be used.

    `module` overrides the choice. Nothing of the project is executed; `probed` holds what the project
    resolved when it was run, if it was.
    """

    @cache
    def read(path: str) -> str | Problem:
        return read_text(root, path)

    chosen = choose_settings(files, repository, given=module, read=read)
    if isinstance(chosen.module, Unknown) or not chosen.path:
        missing = _without_file(chosen.module)
        settings = Settings(missing, others=chosen.others, complete=False)
        return (merge_probed(settings, probed), ())
    values, session = evaluate_settings(
        chosen.module.value,
        chosen.path,
        read=read,
        paths=frozenset(files.by_path),
        configuration=chosen.configuration,
    )
    gaps = (*session.gaps, *_absent(chosen))
    doubt = "" if module else _doubt(chosen, chosen.module.value)
    settings = Settings(
        chosen.module,
        path=chosen.path,
        files=tuple(session.files),
        others=tuple((path, purpose) for path, purpose in chosen.others if path not in session.files),
        values=values,
        assigned=tuple(session.assigned),
        variables={name: tuple(places) for name, places in session.variables.items()},
        complete=not gaps,
        gaps=gaps,
        doubt=doubt,
        overrides=tuple(session.overrides),
    )
    doubted = Problem(Location(chosen.path), doubt, "Name production's module: --settings MODULE.")
    problems = (doubted, *session.problems) if doubt else tuple(session.problems)
    return merge_probed(settings, probed), problems


def _absent(chosen: Choice) -> Iterator[tuple[Location, str]]:
    """What production sets in a module that the repository does not hold cannot be followed."""
    if chosen.shared_with:
        yield Location(chosen.path), "production's own settings are not in the project"
    if chosen.absent:
        yield chosen.absent.where, f"{chosen.absent.module} is not in the project"


def _doubt(chosen: Choice, module: str) -> str:
    """Why the values may not be production's, "" where they are."""
    purpose = purpose_of(chosen.path)
    if chosen.absent:
        why = f"{chosen.absent.module}, which {chosen.absent.where} names, is not in the project"
    elif chosen.shared_with:
        why = f"only {chosen.shared_with} is named, and no settings for production were found"
    elif purpose in (DEVELOPMENT, TESTING):
        why = f"{module} serves {purpose} by its name, and no settings for production were found"
    else:
        return ""
    return f"{why}: what rests on the values of {module} is shown as a preview"


def _without_file(module: Fact[str]) -> Fact[str]:
    if isinstance(module, Known):
        return Unknown(f"{module.value} is not in the project")
    return module
