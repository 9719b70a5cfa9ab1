"""What `audit` and `fix` share: options, consent to the probe, reading and judging a project."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.cli import _output
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tenfold.audit.baseline import Baseline
    from tenfold.audit.result import Report
    from tenfold.config import Config
    from tenfold.project.model import Project


@dataclass(frozen=True)
class Request:
    """One command's wishes about a project."""

    root: Path
    config: Config
    quiet: bool
    cached: bool
    probe: bool | None = None
    """--probe or --no-probe; None when neither was said."""
    seconds: float = 60.0
    """The probe's time limit."""
    comparable: bool = True
    """False with --diff-base: facts of the running project would be compared with facts of source."""


def add_project_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of every verb that reads a project."""
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="the project (default: here)")
    parser.add_argument(
        "--select",
        action="append",
        metavar="NAME",
        help="only these: topic, id, glob, source (BP40) or severity; repeat, or separate with commas",
    )
    parser.add_argument("--ignore", action="append", metavar="NAME", help="all but these")
    parser.add_argument("--settings", metavar="MODULE", help="the settings module of production")
    parser.add_argument("--python", metavar="FILE", help="the project's interpreter, for the probe")
    probe = parser.add_mutually_exclusive_group()
    probe.add_argument(
        "--probe",
        action="store_true",
        default=None,
        help="import the project under its own interpreter for resolved facts",
    )
    probe.add_argument("--no-probe", dest="probe", action="store_false", help="read the source only")
    parser.add_argument(
        "--probe-seconds",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="the probe's time limit (default: 60)",
    )
    parser.add_argument("--no-cache", action="store_true", help="read every file anew")
    parser.add_argument("--quiet", action="store_true", help="no progress; one line per finding")


def make_request(arguments: argparse.Namespace, **overrides: object) -> Request:
    """The project's configuration with the command line put over it."""
    from tenfold.config import load_config, override_config

    root = Path(arguments.path)
    select = _names(arguments.select)
    if select == ():  # an empty variable of a script must not come to mean everything
        raise TenfoldError("--select names nothing.", next_step="Name practices, or leave it out for all.")
    config = override_config(
        load_config(root),
        select=select,
        ignore=_names(arguments.ignore),
        settings=arguments.settings,
        python=arguments.python,
        **overrides,
    )
    cached = not arguments.no_cache
    return Request(
        root,
        config,
        quiet=arguments.quiet,
        cached=cached,
        probe=arguments.probe,
        seconds=arguments.probe_seconds,
    )


def _names(given: list[str] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    return tuple(name.strip() for one in given for name in one.split(",") if name.strip())


def read(
    request: Request, *, probe: tuple[bool, str], progress: Callable[[str], None] = lambda _: None
) -> Project:
    """The project's facts; `probe` is the answer of `settle_probe`."""
    from tenfold.project.readers.project import Reading, read_project

    config = request.config
    reading = Reading(
        settings_module=config.settings or None,
        probe=probe[0],
        why_no_probe=probe[1],
        python=Path(config.python) if config.python else None,
        cache=cache_folder(request.root) if request.cached else None,
        exclude=config.exclude,
        seconds=request.seconds,
    )
    return read_project(request.root, reading, progress=progress)


def settle_probe(request: Request) -> tuple[bool, str]:
    """(whether the project may be imported, why not): --probe or --no-probe, else what the person said
    before or says now.

    The project's own configuration can refuse, but not consent: its code would run on its own word.
    """
    from tenfold.project.readers.consent import settle_consent

    if not request.comparable:
        return False, "the project was not run: --diff-base compares source with source"
    if request.probe is None and request.config.probe == "never":
        return False, 'the project was not run: its configuration says probe = "never"'
    ask = _output.is_terminal() and not request.quiet
    return settle_consent(
        request.root, wanted=request.probe, ask=(lambda: _ask(request.root)) if ask else None
    )


def _ask(root: Path) -> bool | None:
    """What the person says; None when the input ends without an answer."""
    _output.note(
        f"Tenfold can import {root.resolve().name} under its own interpreter to see its resolved settings,\n"
        "URLs and models. That runs the project's code; it only reads, and opens no database connection.\n"
        "The answer is remembered for this project; --probe and --no-probe override it."
    )
    while True:
        sys.stderr.write("Import the project? [y/N] ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        answer = line.strip().lower()
        if answer in ("y", "yes"):
            return True
        if answer in ("n", "no", ""):
            return False if line else None


def cache_folder(root: Path) -> Path:
    """XDG_CACHE_HOME/tenfold/<hash of the project's root>, never inside the project."""
    import hashlib

    base = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache"
    return home / "tenfold" / hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]


def practice_ids() -> frozenset[str]:
    """Every id of the catalogue, judged or not."""
    from tenfold.practices.catalogue import entries, rows

    return frozenset((*(entry.practice.id for entry in entries()), *(row.id for row in rows())))


def judge(
    project: Project,
    config: Config,
    *,
    baseline: Baseline = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """The report on a project by the whole catalogue that the configuration selects."""
    from tenfold.audit.engine import audit
    from tenfold.practices.catalogue import entries

    judged = {entry.practice.id for entry in entries()}
    return audit(
        project,
        entries(),
        config=config,
        baseline=baseline,
        unjudged=sorted(practice_ids() - judged),
        progress=lambda name, done, total: progress(f"Judging {done + 1} of {total}: {name}"),
    )
