"""Runs ruff over the project's Python files, beside the other readers, and reads its findings.

Ruff stands in Tenfold's own environment. It is given the files that belong to the project and none of
the project's configuration; its cache lies in Tenfold's cache folder, so that nothing is written inside
the project. It keeps results by file content itself, which makes a warm run 20 ms for 160 kLOC: Tenfold
keeps no second cache of them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tenfold.project.lint import Lint, RuffFinding
from tenfold.project.model import Known, Location, Unknown
from tenfold.project.readers.debug_code import find_debug_code
from tenfold.project.readers.text import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenfold.project.files import Files
    from tenfold.project.model import Fact
    from tenfold.project.readers.debug_code import Span

CODES = ("T201", "T203", "E731")
"""What practices use today. Wider sets cost time in proportion: S101 alone finds 46,000 asserts in saleor."""
SECONDS = 120.0
"""A run takes 0.3 s for 850 kLOC; a file system that needs this long has another problem."""
_NEWEST = "py314"
"""The newest syntax is read, whatever the project supports: ruff is asked for findings, not for errors."""


class RunningLint:
    """A ruff process under way; `result` waits for it."""

    def __init__(
        self,
        root: Path,
        process: subprocess.Popen[bytes] | None,
        *,
        found: Fact[Lint],
        codes: Sequence[str] = CODES,
        streams: Sequence[IO[bytes]] = (),
    ) -> None:
        """`found` is the result when there is no process."""
        self._root = root
        self._process = process
        self._found = found
        self._codes = tuple(codes)
        self._streams = streams

    def result(self, *, seconds: float = SECONDS) -> Fact[Lint]:
        """Ruff's findings; Unknown with the reason when it is missing, too slow or fails."""
        if self._process is None:
            return self._found
        process, self._process = self._process, None
        try:
            code = process.wait(timeout=seconds)
            self._found = self._read(code)
        except subprocess.TimeoutExpired:
            self._found = Unknown(f"ruff did not end within {seconds:.0f} s")
        finally:
            self._end(process)
        return self._found

    def __del__(self) -> None:
        """Nobody asked for the result (another reader failed): no process stays behind."""
        if self._process is not None:
            self._end(self._process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in self._streams:
            stream.close()

    def _read(self, code: int) -> Fact[Lint]:
        output, errors, _names = self._streams
        output.seek(0)
        errors.seek(0)
        try:
            data = json.loads(output.read() or b"null")
        except ValueError:
            data = None
        if not isinstance(data, list):
            said = errors.read().decode("utf-8", "replace").strip().splitlines()
            return Unknown(f"ruff failed with exit code {code}: {said[-1] if said else 'it said nothing'}")
        return Known(Lint(_findings(data, self._root, self._codes), self._codes))


def start_lint(
    root: Path,
    files: Files,
    *,
    cache: Path | None = None,
    codes: Sequence[str] = CODES,
    ruff: Path | None = None,
) -> RunningLint:
    """Start ruff over the project's Python files. `cache` is Tenfold's cache folder of this project."""
    paths = [file.path for file in files.all if file.path.endswith((".py", ".pyi")) and "\n" not in file.path]
    if not paths:
        return RunningLint(root, None, found=Known(Lint((), tuple(codes))))
    program = ruff or find_ruff()
    if program is None:
        return RunningLint(root, None, found=Unknown("ruff is not installed beside Tenfold"))
    # The list of files goes through a file: a command line of 5,000 paths is too long for some systems.
    names = tempfile.NamedTemporaryFile(prefix="tenfold-", suffix=".txt")  # noqa: SIM115, closed by result()
    names.write("".join(f"./{path}\n" for path in paths).encode("utf-8", "surrogateescape"))
    names.flush()
    streams = (tempfile.TemporaryFile(), tempfile.TemporaryFile(), names)  # noqa: SIM115
    command = [str(program), "check", *_options(cache, codes), "--", f"@{names.name}"]
    try:
        process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=streams[0], stderr=streams[1]
        )
    except OSError as error:
        for stream in streams:
            stream.close()
        return RunningLint(root, None, found=Unknown(f"ruff cannot be started: {error.strerror}"))
    return RunningLint(root, process, found=Unknown("ruff was not waited for"), codes=codes, streams=streams)


def find_ruff() -> Path | None:
    """The ruff of Tenfold's own environment, else the one on PATH, else None."""
    scripts = (str(Path(sys.executable).parent), sysconfig.get_path("scripts"))
    found = shutil.which("ruff", path=os.pathsep.join(scripts)) or shutil.which("ruff")
    return Path(found) if found else None


def _options(cache: Path | None, codes: Sequence[str]) -> list[str]:
    kept = ["--cache-dir", str(cache / "ruff")] if cache else ["--no-cache"]
    return [
        "--isolated",
        *kept,
        "--exit-zero",
        "--quiet",
        "--no-fix",
        f"--target-version={_NEWEST}",
        "--output-format=json",
        f"--select={','.join(codes)}",
    ]


def _findings(data: list[Any], root: Path, codes: tuple[str, ...]) -> tuple[RuffFinding, ...]:
    """Syntax errors and unreadable files carry no code of ours: the source reader reports them."""
    base = root.resolve()
    debug: dict[str, tuple[Span, ...]] = {}
    found = []
    for one in data:
        path = _relative(one["filename"], base)
        if not path or not (one.get("code") or "").startswith(codes):
            continue
        if path not in debug:
            debug[path] = _debug_code(root, path)
        line, column = one["location"]["row"], one["location"]["column"]
        inside = any((line, column - 1) in span for span in debug[path])
        found.append(RuffFinding(one["code"], Location(path, line), one["message"], inside))
    return tuple(sorted(found, key=lambda finding: (finding.where, finding.code)))


def _debug_code(root: Path, path: str) -> tuple[Span, ...]:
    text = read_text(root, path)
    return find_debug_code(text) if isinstance(text, str) else ()


def _relative(filename: str, base: Path) -> str:
    path = Path(filename)
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else ""
