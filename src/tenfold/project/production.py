"""Whether the settings that were read are those of production, as far as the repository can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.repository import PRODUCTION, UNSURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Project

_CONTAINERS = ("compose", "docker")


def doubt_settings(project: Project) -> Iterator[str]:
    """A reason why the settings module is not production's; nothing when there is none.

    A module named after compose or Docker, in a repository where only development's files start the
    application: `wsgi.py` names it for want of another, and production's own stands elsewhere. Of any
    other name, what the choice of the module left in doubt.
    """
    name = project.settings.path.rpartition("/")[2]
    if not any(word in name for word in _CONTAINERS):
        if project.settings.doubt:
            yield project.settings.doubt.partition(": what rests")[0]
        return
    if not project.repository.compose:
        return
    started = any(
        command.role in ("web", "development server") and command.purpose in (PRODUCTION, UNSURE)
        for command in project.repository.commands
    )
    if not started:
        yield (
            f"{project.settings.path} is named after containers that only development starts:"
            " production's settings are not in the repository"
        )
