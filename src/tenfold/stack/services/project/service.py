"""What runs once before the project serves: migrate, data, collectstatic, prepare-N, fixtures.

Each is remembered by what it depends on, and run again only when that changes: migrations by the
project's migrations and packages, inside the database's own folder, so that it vanishes with the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.overlay.commands import project_command
from tenfold.stack.overlay.databases import own_databases
from tenfold.stack.preparation import collects, migrates, preparation_names, preparing_commands
from tenfold.stack.presence import backing_services
from tenfold.stack.service import Ends, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import BinaryNeed, Command
    from tenfold.stack.site import Site, Wanted

NEEDS: tuple[BinaryNeed, ...] = ()
DATA = "data/postgres"
LONG = 1800.0
"""Seconds that one may take: the longest of those tried, 6 minutes of migrations, five times over."""


def ports(wanted: Wanted) -> tuple[str, ...]:
    """None: they end."""
    return ()


def plan(site: Site) -> Iterator[Service]:
    """Those that the project and the configuration give occasion for."""
    names = preparation_names(site)
    if migrates(site):
        yield _migrate(site)
    if "data" in names:
        yield _carry_data(site)
    if collects(site):
        yield _collect(site)
    for number, words in enumerate(preparing_commands(site), start=1):
        yield _prepare(site, number, words)
    if "fixtures" in names:
        yield _load_fixtures(site)


def _migrate(site: Site) -> Service:
    aliases = tuple(dict.fromkeys(_migrated(site)))
    command = project_command(site, "tenfold_migrate", *aliases, role="migrate")
    direct = tuple(name for name in backing_services(site) if name != "pooler")
    return _ending(
        "migrate",
        "the project's migrations",
        command,
        needs=direct,
        done=(f"{DATA}/tenfold-migrated", " ".join((site.shape.fingerprint, *aliases))),
    )


def _migrated(site: Site) -> Iterator[str]:
    """One alias for each database that is written to."""
    seen: dict[str, str] = {}
    for alias, name in own_databases(site).items():
        seen.setdefault(name, alias)
    yield from seen.values()


def _carry_data(site: Site) -> Service:
    return _ending(
        "data",
        "the rows of the project's own SQLite file",
        project_command(site, "tenfold_data", role="migrate"),
        needs=("migrate",),
        done=(f"{DATA}/tenfold-data", "carried"),
    )


def _collect(site: Site) -> Service:
    command = project_command(site, "django", "collectstatic", "--noinput", "--verbosity", "1")
    return _ending(
        "collectstatic",
        "the project's static files",
        command,
        # Some storages keep their manifest in the cache.
        needs=tuple(name for name in backing_services(site) if name == "cache"),
        done=("static/.tenfold-collected", site.shape.static_fingerprint),
        folders=("static", "media"),
    )


def _prepare(site: Site, number: int, words: tuple[str, ...]) -> Service:
    """Those of the deployment make files from files; the configuration's own may do anything, once."""
    name = f"prepare-{number}"
    own = number > len(site.shape.commands)
    before = ("data" if site.with_data else "migrate", "collectstatic", f"prepare-{number - 1}")
    names = preparation_names(site)
    file = f"{DATA}/tenfold-{name}" if own and migrates(site) else f"static/.tenfold-{name}"
    mark = " ".join(words if own else (site.shape.static_fingerprint, *words))
    return _ending(
        name,
        f"the project's {words[0]}",
        project_command(site, "django", *words),
        needs=tuple(one for one in before if one in names) or backing_services(site),
        done=(file, mark),
        folders=("static",),
    )


def _load_fixtures(site: Site) -> Service:
    names = site.config.fixtures
    last = [name for name in preparation_names(site) if name.startswith(("data", "prepare-"))][-1:]
    return _ending(
        "fixtures",
        f"fixtures: {', '.join(names)}",
        project_command(site, "django", "loaddata", *names, role="migrate"),
        needs=("migrate", *last),
        done=(f"{DATA}/tenfold-fixtures", " ".join(names)),
    )


def _ending(
    name: str,
    title: str,
    command: Command,
    *,
    needs: tuple[str, ...],
    done: tuple[str, str],
    folders: tuple[str, ...] = (),
) -> Service:
    return Service(
        name=name,
        kind="project",
        title=title,
        command=command,
        ready=Ends(),
        needs=needs,
        done=done,
        folders=folders,
        start_seconds=LONG,
    )
