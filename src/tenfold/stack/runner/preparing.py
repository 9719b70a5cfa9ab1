"""From a project's folder to a plan that can be carried out: reads, asks, sizes, chooses, and plans.

Nothing is started here. `Prepared.write` puts the plan and what the project's processes need below
`.tenfold/`; without it (`up --plan`) nothing is written at all.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.project.model import Unknown
from tenfold.project.readers.interpreter import find_interpreter
from tenfold.project.readers.project import Reading, read_project
from tenfold.stack.addresses import public_url
from tenfold.stack.catalogue import binary_needs, plan_services, port_names
from tenfold.stack.environment import give_environment
from tenfold.stack.missed import missed_programs
from tenfold.stack.overlay.settings import overlay_changes, overlay_files
from tenfold.stack.plan import StackPlan, sort_services
from tenfold.stack.plan_file import encode_plan
from tenfold.stack.requirements import missing_packages
from tenfold.stack.runner.binaries import describe_binary, find_binaries, refuse_unknown
from tenfold.stack.runner.certificates import keep_certificate
from tenfold.stack.runner.control_client import is_running
from tenfold.stack.runner.inspection import inspect
from tenfold.stack.runner.keep import replace_file
from tenfold.stack.runner.machine import read_machine
from tenfold.stack.runner.packages import keep_packages
from tenfold.stack.runner.ports import choose_ports
from tenfold.stack.runner.secrets import keep_secrets
from tenfold.stack.services.app.choice import explain_server
from tenfold.stack.services.edge.service import FOLDER as CERTIFICATES
from tenfold.stack.services.edge.service import server_names
from tenfold.stack.shaping import shape_project
from tenfold.stack.site import Site, Wanted
from tenfold.stack.sizes import replicas_of, work_of
from tenfold.topology.sizing import size
from tenfold.topology.wishes import read_wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenfold.config import Config
    from tenfold.project.model import Project
    from tenfold.stack.requirements import Missing as MissingPackage
    from tenfold.stack.runner.binaries import Missing as MissingBinary
    from tenfold.stack.runner.lock import Claim
    from tenfold.stack.service import Binary, File
    from tenfold.stack.shape import Shape
    from tenfold.topology.model import Topology

FOLDER = ".tenfold"
PLAN = "plan.json"
PORTS, SECRETS = "ports.json", "secrets.json"


class Programs(dict[str, "Binary"]):
    """The programs that were found; asking for one that was not tells the person how to have it."""

    def __init__(self, found: Mapping[str, Binary], missing: tuple[MissingBinary, ...]) -> None:
        super().__init__(found)
        self.lacking = {one.need.name: one for one in missing}

    def __missing__(self, name: str) -> Binary:
        one = self.lacking[name]
        raise TenfoldError(
            f"{name} is needed and was not found.",
            why="; ".join(one.tried) or "It is neither on PATH nor in a wheel beside Tenfold.",
            next_step=f"To have it: {one.advice}.",
        )


@dataclass(frozen=True)
class Wish:
    """What the person asked for."""

    root: Path
    config: Config
    """The configuration with the command line put over it."""
    lag: float = 0.0
    with_data: bool = False
    wheels: bool | None = None
    cache: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True)
class Prepared:
    """A plan and everything that must stand in the folder before it is carried out."""

    plan: StackPlan
    files: tuple[File, ...]
    packages: tuple[MissingPackage, ...]
    python: str
    names: tuple[str, ...]
    """What the edge's certificate is for."""

    def write(self, progress: Callable[[str], None]) -> Path:
        """Writes it all; returns the path of the plan. Raises TenfoldError when it cannot."""
        folder = Path(self.plan.folder)
        try:
            make_folder(folder)
            if self.packages:
                progress("Adding " + ", ".join(one.name for one in self.packages))
            keep_packages(folder / "packages", self.packages, python=self.python)
            keep_certificate(folder / CERTIFICATES, self.names)
            for file in self.files:
                path = folder / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, file.text, mode=file.mode)
            replace_file(folder / PLAN, encode_plan(self.plan), mode=0o600)
        except OSError as error:
            raise TenfoldError(
                f"{folder} cannot be written.",
                why=error.strerror or str(error),
                next_step="Make room or allow writing there; nothing outside of it is touched.",
            ) from error
        return folder / PLAN


def refuse_path(root: Path) -> None:
    """Raises TenfoldError where the project lies in a folder that its servers cannot be told of."""
    meanings = {
        "$": "nginx takes it for a variable",
        ":": "PYTHONPATH is parted there",
        "\n": "configuration files have lines",
    }
    if found := next((letter for letter in meanings if letter in str(root)), None):
        raise TenfoldError(
            f"{root} cannot be run where it is.",
            why=f"Its path holds {found!r}, and {meanings[found]}.",
            next_step="Rename the folder, or copy the project to another one.",
        )


def make_folder(folder: Path) -> None:
    """The stack's folder, out of version control's sight. Raises TenfoldError when it cannot be made."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise TenfoldError(
            f"{folder} cannot be made.",
            why=f"{error.strerror or error}.",
            next_step="Allow writing in the project's folder, or copy it to where you may write.",
        ) from error
    ignore = folder / ".gitignore"
    if not ignore.exists():
        replace_file(ignore, "*\n")


def prepare(
    wish: Wish, *, keep: bool, progress: Callable[[str], None] = lambda _: None, claim: Claim | None = None
) -> Prepared:
    """The plan for a project. With `keep` ports and secrets are kept in the folder; otherwise the plan is
    made with those that are there, and passing ones. A `claim` is taken before anything is written: what
    runs there already keeps its own.

    Raises TenfoldError for whatever cannot be run as it is, with what to change.
    """
    project = _read(wish, progress)
    folder = project.root / FOLDER
    refuse_path(project.root)
    if claim:
        make_folder(folder)
        claim.take(folder)
    python = _interpreter(wish, project)
    progress("Asking the project for its settings")
    inspected = inspect(
        project, wish.config.up, python=python, folder=str(folder), environment=wish.environment
    )
    shape = shape_project(project, inspected, wish.config.up)
    progress("Looking for servers")
    needs = binary_needs()
    refuse_unknown(wish.config.up.binaries, [need.name for need in needs])
    found, missing = find_binaries(needs, wish.config.up.binaries, wheels=wish.wheels)
    binaries = Programs(found, missing)
    topology = size(
        read_machine(), work_of(shape, wish.config.up, programs=binaries), read_wishes(wish.config.up)
    )
    notes: list[str] = []
    if keep:
        make_folder(folder)
        site = _settle(wish, shape, topology, binaries=binaries, folder=folder, kept=folder, notes=notes)
    else:
        with tempfile.TemporaryDirectory(prefix="tenfold-plan-") as scratch:
            kept = _copy_kept(folder, Path(scratch))
            site = _settle(
                wish,
                shape,
                topology,
                binaries=binaries,
                folder=folder,
                kept=kept,
                notes=notes,
                running=is_running(folder),
            )
    return _plan(wish, site, missing, notes)


def _copy_kept(folder: Path, scratch: Path) -> Path:
    """What earlier starts have kept, where a plan that starts nothing may write."""
    for name in (PORTS, SECRETS):
        if (folder / name).is_file():
            shutil.copy(folder / name, scratch)
    return scratch


def _read(wish: Wish, progress: Callable[[str], None]) -> Project:
    config = wish.config
    reading = Reading(settings_module=config.settings or None, cache=wish.cache, exclude=config.exclude)
    return read_project(wish.root, reading, progress=progress)


def _interpreter(wish: Wish, project: Project) -> Path:
    given = Path(wish.config.python) if wish.config.python else None
    if given and not given.is_absolute():
        given = next((one for one in (project.root / given, Path.cwd() / given) if one.exists()), given)
    found = find_interpreter(project.root, given=given, environment=wish.environment)
    if isinstance(found, Unknown):
        raise TenfoldError(
            "The project cannot be run yet.",
            why=f"{found.why}.",
            next_step=f"python -m venv {project.root}/.venv, then install its requirements there.",
        )
    return found.value


def _settle(
    wish: Wish,
    shape: Shape,
    topology: Topology,
    *,
    binaries: Mapping[str, Binary],
    folder: Path,
    kept: Path,
    notes: list[str],
    running: bool = False,
) -> Site:
    config = wish.config.up
    wanted = Wanted(shape, config, replicas_of(config), topology.app.instances.whole)
    wishes = {"http": config.http_port, "https": config.https_port}
    ports = choose_ports(
        port_names(wanted),
        {name: port for name, port in wishes.items() if port is not None},
        kept / PORTS,
        note=notes.append,
        running=running,
    )
    site = Site(
        folder=str(folder),
        shape=shape,
        config=config,
        topology=topology,
        ports=ports,
        binaries=binaries,
        secrets=keep_secrets(kept / SECRETS),
        tool=sys.executable,
        root_user=os.geteuid() == 0,
        keep_database=config.database == "keep",
        lag=wish.lag,
        with_data=wish.with_data,
    )
    environment, _ = give_environment(site, inherited=wish.environment)
    return replace(site, environment=environment)


def _plan(wish: Wish, site: Site, missing: tuple[MissingBinary, ...], notes: list[str]) -> Prepared:
    services = sort_services(plan_services(site))
    _, given = give_environment(site, inherited=wish.environment)
    numbers = tuple((name, str(number), number.reason) for name, number in site.topology.numbers())
    used = {one.binary.name: one.binary for one in services if one.binary}
    missed = missed_programs(site, [one.need.name for one in missing])
    plan = StackPlan(
        name=site.shape.name,
        root=site.shape.root,
        folder=site.folder,
        url=public_url(site),
        services=services,
        environment=site.environment,
        changes=(*overlay_changes(site), *given),
        numbers=numbers,
        notes=(
            explain_server(site.config, site.shape),
            *map(describe_binary, used.values()),
            *(str(one) for one in missing if one.need.name in missed),
            *notes,
        ),
        root_user=site.root_user,
    )
    return Prepared(
        plan,
        overlay_files(site),
        missing_packages(site.config, site.shape),
        python=site.shape.python,
        names=server_names(site.shape.name),
    )
