"""Puts what the project's environment lacks into `.tenfold/packages`, which the overlay appends to `sys.path`.

Packages are linked out of Tenfold's own environment where that is of the same Python, and downloaded otherwise.
The folder is made beside its place and moved there whole: a broken install is never half used.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tenfold.stack.requirements import Missing

STAMP = "tenfold-packages.json"
DOWNLOAD_SECONDS = 300
ASK = "import json, sys, sysconfig; print(json.dumps([*sys.version_info[:2], sysconfig.get_config_var('EXT_SUFFIX')]))"
LAST_LINES = 4
"""Lines of the installer's complaint that are shown."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What compiled packages depend on."""

    version: tuple[int, int]
    suffix: str
    """Of extension modules: ".cpython-313-x86_64-linux-gnu.so"."""


@dataclass(frozen=True, slots=True)
class Packages:
    """What stands in the folder."""

    folder: Path
    versions: Mapping[str, str] = field(default_factory=dict)
    """Name -> version of what was added; empty when the project lacks nothing."""
    linked: tuple[str, ...] = ()
    """Those that are links into Tenfold's own environment."""


def own_interpreter() -> Interpreter:
    """Tenfold's own."""
    return Interpreter(sys.version_info[:2], str(sysconfig.get_config_var("EXT_SUFFIX")))


def ask_interpreter(python: str) -> Interpreter:
    """The project's. Raises TenfoldError when it does not run."""
    try:
        # Isolated and without site: nothing of the project runs.
        answer = subprocess.run([python, "-I", "-S", "-c", ASK], capture_output=True, text=True, timeout=30)
        major, minor, suffix = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise TenfoldError(
            f"The project's interpreter {python} does not run.",
            why=str(error),
            next_step="Name one that does: `python` in [tool.tenfold], or make its environment anew.",
        ) from error
    return Interpreter((major, minor), suffix)


def keep_packages(folder: Path, missing: Sequence[Missing], *, python: str) -> Packages:
    """The folder with everything `missing`; nothing is done when it has that already.

    Raises TenfoldError when something can be neither linked nor downloaded.
    """
    wanted = {
        "python": [python, str(Path(python).resolve())],
        "pins": [f"{one.pin} {one.optional}" for one in missing],
    }
    kept = _read_stamp(folder, wanted)
    if kept is not None:
        return kept
    making = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    try:
        _clear_leftovers(folder)
        return _make(making, folder, missing, wanted=wanted) if missing else Packages(folder)
    except OSError as error:
        raise TenfoldError(
            f"The packages that the project lacks cannot be put into {folder}.",
            why=error.strerror or str(error),
            next_step="Make room, or allow writing there; the project's own environment was not touched.",
        ) from error
    finally:
        _remove(making)


def _make(
    making: Path, folder: Path, missing: Sequence[Missing], *, wanted: Mapping[str, list[str]]
) -> Packages:
    """All of it in `making`, then in its place."""
    making.mkdir(parents=True)
    python = wanted["python"][0]
    theirs = ask_interpreter(python)
    linked = _link_own(making, missing, theirs)
    rest = [one for one in missing if one.name not in linked and not one.optional]
    if rest:
        _download(making, rest, python=python, theirs=theirs)
    versions = {**{one.name: one.version for one in rest}, **linked}
    stamp = {"wanted": wanted, "versions": versions, "linked": sorted(linked)}
    (making / STAMP).write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    making.rename(folder)
    return Packages(folder, versions, tuple(sorted(linked)))


def _read_stamp(folder: Path, wanted: Mapping[str, object]) -> Packages | None:
    """What the folder holds, None when that is something else or its links lead nowhere."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        if stamp["wanted"] != wanted or not all(entry.exists() for entry in folder.iterdir()):
            return None
        return Packages(folder, stamp["versions"], tuple(stamp["linked"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _link_own(making: Path, missing: Iterable[Missing], theirs: Interpreter) -> dict[str, str]:
    """Links to what Tenfold's environment has of it, name -> version. Its versions fit each other."""
    if theirs != own_interpreter():
        return {}
    linked = {}
    for one in missing:
        try:
            found = distribution(one.name)
        except PackageNotFoundError:
            continue
        tops = {file.parts[0] for file in found.files or () if _importable(file.parts)}
        if not tops or (one.exact and found.version != one.version):
            continue
        for top in tops:
            (making / top).symlink_to(Path(str(found.locate_file(top))).resolve())
        linked[one.name] = found.version
    return linked


def _importable(parts: tuple[str, ...]) -> bool:
    """Neither a script in bin/ nor the cache of compiled single modules."""
    return parts[0] not in ("..", "__pycache__") and not parts[0].endswith(".pth")


def _download(making: Path, rest: Sequence[Missing], *, python: str, theirs: Interpreter) -> None:
    """With uv, else with Tenfold's own pip, else with the project's: without dependencies, which the table
    settles, and without building anything."""
    pins = [one.pin for one in rest]
    complaint = "there is neither uv nor pip"
    for words in _installers(making, python=python, theirs=theirs):
        complaint = _run([*words, *pins])
        if not complaint:
            return
        shutil.rmtree(making / "bin", ignore_errors=True)
    names = " ".join(pins)
    raise TenfoldError(
        f"The project's environment lacks {names}, and they cannot be downloaded.",
        why=complaint,
        next_step=f"Install them yourself: {python} -m pip install {names}",
    )


def _installers(making: Path, *, python: str, theirs: Interpreter) -> Iterable[list[str]]:
    """Command lines that install into `making`, best first; the pins follow."""
    version = "{}.{}".format(*theirs.version)
    if uv := shutil.which("uv"):
        target = ["--target", str(making), "--python", python, "--no-deps", "--only-binary", ":all:"]
        yield [uv, "pip", "install", "--quiet", *target]
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
    pip += ["--only-binary=:all:", "--target", str(making)]
    yield [sys.executable, *pip, "--python-version", version]
    yield [python, *pip]


def _run(words: Sequence[str]) -> str:
    """ "" when it succeeded, else the last lines of what it said."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stderr or done.stdout).strip().splitlines() or [f"{words[0]} ended with {done.returncode}"]
    return "\n".join(said[-LAST_LINES:]) if done.returncode else ""


def _clear_leftovers(folder: Path) -> None:
    """What stands there is of no use, nor is what a killed process had begun."""
    for old in (folder, *folder.parent.glob(f"{folder.name}.*.new")):
        _remove(old)


def _remove(folder: Path) -> None:
    """With its links, never what they lead to."""
    shutil.rmtree(folder, ignore_errors=True)
