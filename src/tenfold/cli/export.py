"""Write the production stack of a project for another engine: compose, systemd, kubernetes, ansible, or the
plain configuration files. The same numbers as `tenfold up`, sized for the production machine.

Every file carries the hash of its content. A file that was edited by hand is left alone unless --force;
--check tells what is missing, edited, or stale because the project or the sizes have changed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.cli import _output, _project
from tenfold.cli._exported import MANIFEST, read_present, read_text, write_changed
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse

    from tenfold.config import Config
    from tenfold.project.model import Project
    from tenfold.stack.export.drift import Compared
    from tenfold.stack.export.input import Exported, ExportInput
    from tenfold.topology.model import Machine, Topology

NAME = "export"
HELP = "write the production stack for compose, systemd, kubernetes, ansible, or as plain files"
VERSION = 1
CORES, MEMORY = 4, "8G"
"""The production machine where nobody says its size."""
OPEN_FILES = 524288
"""The hard limit of open files that systemd gives services, and Docker's daemon its containers.
https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Process%20Properties"""
_UNITS = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


@dataclass(frozen=True)
class Outcome:
    """What one run of `export` found and did."""

    engine: str
    folder: Path
    compared: tuple[Compared, ...]
    written: frozenset[str]
    notes: tuple[str, ...]
    next_step: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("engine", metavar="ENGINE", help="plain, compose, systemd, kubernetes or ansible")
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="the project (default: here)")
    parser.add_argument("--to", metavar="FOLDER", help="where to (default: deploy/ENGINE in the project)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--plan", "--diff", action="store_true", help="show the diff; write nothing")
    mode.add_argument("--check", action="store_true", help="tell what has drifted; exit with 1 if anything")
    mode.add_argument("--force", action="store_true", help="write over what was edited by hand, too")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    machine = parser.add_argument_group("the production machine")
    machine.add_argument("--cores", type=int, metavar="N", help=f"its cores (default: {CORES})")
    machine.add_argument("--memory", metavar="SIZE", help=f'its memory: "16G", "2048M" (default: {MEMORY})')
    machine.add_argument("--host", action="append", metavar="DOMAIN", help="a domain it serves; repeat")
    machine.add_argument(
        "--name", metavar="NAME", help="what the stack is called (default: the project's name)"
    )
    _add_project_options(parser)


def _add_project_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the project")
    group.add_argument("--settings", metavar="MODULE", help="the settings module of production")
    group.add_argument("--python", metavar="FILE", help="the project's interpreter, for --probe")
    group.add_argument(
        "--probe",
        action="store_true",
        help="import the project for its resolved settings; source only otherwise",
    )
    group.add_argument("--no-cache", action="store_true", help="read every file anew")
    group.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    engine = _known_engine(arguments.engine)
    root = Path(arguments.path)
    folder = Path(arguments.to) if arguments.to else root / "deploy" / engine
    asked = settle_asked(arguments, read_text(folder / MANIFEST) or "")
    one, files = _render(arguments, engine, folder=folder, asked=asked)
    outcome = _carry_out(arguments, engine, folder=folder, one=one, files=files)
    _output.write(_as_json(outcome) if arguments.json else "\n".join(_describe(outcome, arguments)))
    if arguments.check:
        return int(any(file.state != "same" for file in outcome.compared))
    return int(any(file.is_kept and file.path not in outcome.written for file in outcome.compared))


def settle_asked(arguments: argparse.Namespace, manifest: str) -> dict[str, Any]:
    """The machine, hosts and name: as given, else as in the run before this one, else the defaults."""
    from tenfold.stack.export.sealing import asked_before

    before = asked_before(manifest)
    cores, memory, hosts = before.get("cores"), before.get("memory"), before.get("hosts")
    return {
        "cores": arguments.cores or (cores if isinstance(cores, int) else CORES),
        "memory": arguments.memory or (memory if isinstance(memory, str) else MEMORY),
        "hosts": arguments.host or ([str(host) for host in hosts] if isinstance(hosts, list) else []),
        "name": arguments.name or str(before.get("name") or ""),
    }


def _known_engine(name: str) -> str:
    from tenfold.stack.export.catalogue import engines

    if name not in engines():
        raise TenfoldError(
            f'There is no engine "{name}" to export for.', next_step=f"Engines: {', '.join(engines())}."
        )
    return name


def _render(
    arguments: argparse.Namespace, engine: str, *, folder: Path, asked: dict[str, Any]
) -> tuple[ExportInput, tuple[Exported, ...]]:
    from tenfold.config import expand_paths, load_config, override_config
    from tenfold.stack.export.catalogue import render_engine
    from tenfold.stack.export.facts import Deployment, make_input

    root = Path(arguments.path)
    config = load_config(root)
    config = override_config(
        config,
        settings=arguments.settings,
        python=arguments.python,
        # What exports wrote is no fact of the project: the next export would be made from it.
        exclude=(*config.exclude, *expand_paths(_exported_folders(root))),
    )
    request = _project.Request(
        root,
        config,
        quiet=arguments.quiet,
        cached=not arguments.no_cache,
        probe=arguments.probe,
        comparable=True,
    )
    with _output.progress(quiet=arguments.quiet) as progress:
        probe = (
            _project.settle_probe(request) if arguments.probe else (False, "an export reads the source only")
        )
        project = _project.read(request, probe=probe, progress=progress)
    machine = read_machine(asked["cores"], asked["memory"])
    one = make_input(
        project,
        config.up,
        topology=_size(project, config, machine),
        deployment=Deployment(tuple(asked["hosts"]), asked["name"], _relative(folder, root)),
    )
    return one, render_engine(engine, one, asked=asked)


def render_for(root: Path, engine: str, *, name: str) -> tuple[Exported, ...]:
    """What `tenfold export ENGINE` would write for the project at `root`, at the default sizes."""
    import argparse

    parser = argparse.ArgumentParser()
    add_arguments(parser)
    arguments = parser.parse_args([engine, str(root), "--name", name, "--no-cache", "--quiet"])
    _, files = _render(
        arguments, engine, folder=root / "deploy" / engine, asked=settle_asked(arguments, manifest="")
    )
    return files


def _exported_folders(root: Path) -> tuple[str, ...]:
    """Folders that exports wrote, relative to the project."""
    found = (place.parent for depth in ("*", "*/*", "*/*/*") for place in root.glob(f"{depth}/{MANIFEST}"))
    return tuple(sorted(folder.relative_to(root).as_posix() for folder in found))


def _relative(folder: Path, root: Path) -> str:
    """The folder as seen from the project's root; a build's context is the project, so it must be inside."""
    inside = Path(os.path.relpath(folder.absolute(), root.absolute())).as_posix()
    if inside.startswith("..") or inside == ".":
        raise TenfoldError(
            f"{folder} is not a folder inside the project.",
            why="Images are built from the project, and their build reads files of the export.",
            next_step="Leave --to out for deploy/ENGINE, or name a folder below the project.",
        )
    return inside


def _size(project: Project, config: Config, machine: Machine) -> Topology:
    from tenfold.stack.export.facts import find_work
    from tenfold.topology.model import Wishes
    from tenfold.topology.sizing import size

    up = config.up
    wishes = Wishes(
        workers=up.workers,
        threads=up.threads,
        worker_concurrency=up.worker_concurrency,
        max_connections=up.max_connections,
        timeout=up.timeout,
    )
    return size(machine, find_work(project, up), wishes)


def read_machine(cores: int, memory: str) -> Machine:
    """The production machine. Raises TenfoldError for a size that is none."""
    from tenfold.topology.model import Machine

    text = memory.strip().upper().removesuffix("B").removesuffix("I")
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "")
    try:
        amount = int(float(number) * _UNITS.get(unit, 1))
    except ValueError:
        amount = 0
    if amount < 64 * 1024**2 or cores < 1:
        raise TenfoldError(
            f"A machine of {cores} cores and {memory} of memory is none.",
            next_step="For example: --cores 8 --memory 16G",
        )
    return Machine(cores=cores, memory=amount, open_files=OPEN_FILES)


def _carry_out(
    arguments: argparse.Namespace, engine: str, *, folder: Path, one: ExportInput, files: tuple[Exported, ...]
) -> Outcome:
    from tenfold.stack.export.catalogue import engines
    from tenfold.stack.export.drift import compare

    compared = compare(files, read_present(folder, files))
    written: frozenset[str] = frozenset()
    if not arguments.check and not arguments.plan:
        if not arguments.json:
            _output.note(f"Writing into {folder}, and nowhere else.")
        written = write_changed(folder, files, compared, force=arguments.force)
    next_step = engines()[engine].NEXT.format(folder=folder)
    return Outcome(engine, folder, compared, written, one.notes, next_step)


def _describe(outcome: Outcome, arguments: argparse.Namespace) -> list[str]:
    lines = []
    if arguments.plan:
        lines += [_output.colour_diff(file.diff()) for file in outcome.compared if file.state != "same"]
    for file in outcome.compared:
        if file.path in outcome.written:
            verb = "removed" if file.state == "left over" else "written"
            lines.append(f"{verb}: {outcome.folder / file.path}")
        elif file.state != "same":
            lines.append(f"{file.state}: {outcome.folder / file.path}")
        if file.is_kept and file.path not in outcome.written and not arguments.plan:
            lines += [
                _output.colour_diff(file.diff()),
                "It was edited by hand and is left alone; --force writes it.",
            ]
    same = sum(file.state == "same" for file in outcome.compared)
    lines.append(f"{len(outcome.compared)} files of the {outcome.engine} export, {same} as they should be.")
    lines += [f"note: {note}" for note in outcome.notes]
    if outcome.written:
        lines.append(f"Next: {outcome.next_step}")
    return lines


def _as_json(outcome: Outcome) -> str:
    import json

    files = [
        {"path": file.path, "state": file.state, "written": file.path in outcome.written, "diff": file.diff()}
        for file in outcome.compared
    ]
    document = {
        "version": VERSION,
        "engine": outcome.engine,
        "folder": str(outcome.folder),
        "files": files,
        "notes": list(outcome.notes),
        "next": outcome.next_step,
    }
    return json.dumps(document, indent=2)
