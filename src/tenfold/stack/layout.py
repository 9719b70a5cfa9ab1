"""Where a project's commands run and where its modules are found, from its facts."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.project.model import Unknown

if TYPE_CHECKING:
    from tenfold.project.model import Project


def settings_module(project: Project) -> str:
    """The dotted name of production's settings. Raises TenfoldError when nothing tells it."""
    module = project.settings.module
    if isinstance(module, Unknown):
        raise TenfoldError(
            f"The settings module of {project.name} cannot be told.",
            why=module.why,
            next_step='Name it: --settings MODULE, or settings = "MODULE" under [tool.tenfold].',
        )
    return module.value


def find_folder(project: Project) -> str:
    """The folder of manage.py, absolute; without one that from which the settings module is imported."""
    source = _source_root(project)
    manage = [str(PurePosixPath(path).parent) for path in project.repository.manage]
    # Of several manage.py files, the one beside the settings' own packages.
    best = source if source in manage or not manage else manage[0]
    return _absolute(project, best)


def find_paths(project: Project) -> tuple[str, ...]:
    """Folders that must be on the path, the one that commands run in first."""
    return tuple(dict.fromkeys((find_folder(project), _absolute(project, _source_root(project)))))


def _source_root(project: Project) -> str:
    """ "src" for the module "shop.settings" in src/shop/settings.py, "." for one at the root."""
    path = PurePosixPath(project.settings.path)
    module = project.settings.module
    if isinstance(module, Unknown) or not project.settings.path:
        return "."
    inner = path.parent if path.name == "__init__.py" else path.with_suffix("")
    parts, names = inner.parts, tuple(module.value.split("."))
    return "/".join(parts[: -len(names)]) or "." if parts[-len(names) :] == names else "."


def _absolute(project: Project, folder: str) -> str:
    return str(project.root if folder == "." else project.root / folder)
