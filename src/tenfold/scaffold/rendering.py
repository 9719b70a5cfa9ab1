"""The files of a new project, rendered from `tenfold/template` by one replacement. Nothing is written here.

The template is itself a Django project that runs, named `projectname`: that word becomes the new name in
every path and text, and `Projectname` the same name as a person reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

PLACEHOLDER = "projectname"
_MADE = frozenset(
    {"__pycache__", ".env", ".venv", ".tenfold", ".ruff_cache", ".mypy_cache", ".git", "build", "media"}
)
_MADE_ENDINGS = (".pyc", ".sqlite3", ".sqlite3-shm", ".sqlite3-wal")
"""What appears in the template's folder when it is run where it stands: no part of a new project."""
_EXECUTABLE = frozenset({"manage.py"})
_SECRET = 0o600
"""Read and written by its owner alone."""


@dataclass(frozen=True, slots=True, order=True)
class NewFile:
    """A file of the new project, by its path below the project's folder."""

    path: str
    text: str
    mode: int = 0o644


def render_project(name: str) -> tuple[NewFile, ...]:
    """Every file of the template for a project called `name`, sorted by path."""
    return tuple(sorted(_render(name)))


def render_environment(secret: str) -> NewFile:
    """The `.env` of development: what the settings cannot start without there. `secret` signs sessions."""
    text = (
        "# Development on this machine: never committed. .env.example tells every variable.\n"
        f"DEBUG=true\nSECRET_KEY={secret}\n"
    )
    return NewFile(".env", text, _SECRET)


def top_names() -> frozenset[str]:
    """Names of the folders and modules beside the project's package: no project can be called so."""
    return frozenset(path.partition("/")[0].partition(".")[0] for path, _ in _template()) - {PLACEHOLDER, ""}


def brought_names() -> frozenset[str]:
    """Names under which the packages that a project installs may be imported: by convention, and without the
    "django-" that many bear."""
    lines = (
        line
        for path, source in _template()
        if path.startswith("requirements/")
        for line in source.read_text(encoding="utf-8").splitlines()
    )
    names = {line.partition("==")[0].lower().replace("-", "_") for line in lines if "==" in line}
    return frozenset(names | {name.removeprefix("django_") for name in names})


def title_of(name: str) -> str:
    """The name as a person reads it: "my_shop" is "My shop"."""
    return name.replace("_", " ").capitalize()


def _render(name: str) -> Iterator[NewFile]:
    for path, source in _template():
        mode = 0o755 if path in _EXECUTABLE else 0o644
        yield NewFile(_rename(path, name), _rename(source.read_text(encoding="utf-8"), name), mode)


def _rename(text: str, name: str) -> str:
    return text.replace(PLACEHOLDER, name).replace(PLACEHOLDER.capitalize(), title_of(name))


def _template() -> Iterator[tuple[str, Traversable]]:
    """(path, file) of everything in the template."""
    return _walk(files("tenfold").joinpath("template"), "")


def _walk(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.name in _MADE or entry.name.endswith(_MADE_ENDINGS):
            continue
        path = f"{above}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        else:
            yield path, entry
