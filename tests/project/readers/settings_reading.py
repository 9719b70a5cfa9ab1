"""Settings of small projects, read statically: for the tests of the settings reader and its evaluator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.files import File, Files
from tenfold.project.model import Known, Unknown
from tenfold.project.readers.settings import read_settings
from tenfold.project.repository import Repository
from tenfold.project.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.settings import Settings

WSGI = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}")\n'


def read(tmp_path: Path, sources: dict[str, str] | str, **options: Any) -> Settings:
    """Settings of a project made of `sources`; a text alone is the module `site_settings`."""
    if isinstance(sources, str):
        sources = {"site_settings.py": sources}
        options.setdefault("module", "site_settings")
    for path, text in sources.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    files = Files(tuple(File(p, len(t), True) for p, t in sorted(sources.items())), Known(False))
    settings, _ = read_settings(
        tmp_path,
        files,
        Source(()),
        options.get("repository", Repository()),
        module=options.get("module"),
        probed=options.get("probed", Unknown("not run")),
    )
    return settings


def value(settings: Settings, *names: Any) -> Any:
    """The one possible value."""
    (only,) = settings.possible(*names)
    return only.value


def all_values(settings: Settings, *names: Any, **options: Any) -> list[tuple[Any, str]]:
    return [(p.value, p.condition) for p in settings.possible(*names, **options)]
