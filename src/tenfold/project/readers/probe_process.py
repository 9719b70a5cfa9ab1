"""Runs the probe's process: limits on time and output, and nothing of it left running afterwards."""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROBE = Path(__file__).parent.parent / "probe"
OUTPUT_LIMIT = 64 * 1024 * 1024
"""Bytes of JSON. The largest project tried (1,400 migrations, 700 routes) gives 4 MB."""
ERRORS_KEPT = 32 * 1024
CONFIGURATION = re.compile(r"""["']DJANGO_CONFIGURATION["']\]?\s*[,=]\s*["'](\w+)["']""")


@dataclass(frozen=True, slots=True)
class Ended:
    """How the process ended. `reason` is "" for a whole answer, else "time", "size" or "exit"."""

    output: bytes
    errors: str
    reason: str
    status: int


def run_process(
    python: Path, root: Path, *, settings_module: str, paths: Sequence[Path], seconds: float
) -> Ended:
    """Starts the probe under `python`, in a session of its own, and reads its one answer.

    Raises OSError when the interpreter cannot be started.
    """
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory(prefix="tenfold-probe-") as scratch:
        request = {
            "fd": writing,
            "root": str(root),
            "path": [str(path) for path in paths],
            "settings": settings_module,
            "scratch": scratch,
            # The rest is for handing the answer over.
            "until": time.time() + seconds * 0.9,
        }
        try:
            process = subprocess.Popen(
                [str(python), "-B", str(PROBE), json.dumps(request)],
                cwd=paths[0],
                env=probe_environment(
                    {**find_configuration(paths[0]), **os.environ}, settings_module, scratch
                ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(writing,),
                start_new_session=True,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        try:
            return _listen(process, reading, seconds)
        finally:
            _end(process)
            os.close(reading)


def probe_environment(environment: Mapping[str, str], settings_module: str, scratch: str) -> dict[str, str]:
    """The person's own environment (settings read it), without what would mislead another Python."""
    kept = {
        key: value for key, value in environment.items() if key not in ("PYTHONHOME", "__PYVENV_LAUNCHER__")
    }
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": settings_module,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "TMPDIR": scratch,
    }


def find_configuration(folder: Path) -> dict[str, str]:
    """The class that django-configurations loads, as manage.py names it: {"DJANGO_CONFIGURATION": name}."""
    try:
        text = (folder / "manage.py").read_text(encoding="utf-8", errors="replace")
    except OSError:
        # No manage.py there, or no right to read it: then the environment has to say it.
        return {}
    found = CONFIGURATION.search(text)
    return {"DJANGO_CONFIGURATION": found[1]} if found else {}


def _listen(process: subprocess.Popen[bytes], reading: int, seconds: float) -> Ended:
    """Reads until the answer's newline, the end of the process, or a limit."""
    assert process.stderr is not None
    end = time.monotonic() + seconds
    output, errors = bytearray(), bytearray()
    reason = "exit"
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ, output)
        selector.register(process.stderr, selectors.EVENT_READ, errors)
        while selector.get_map():
            left = end - time.monotonic()
            if left <= 0:
                reason = "time"
                break
            ready = selector.select(min(left, 0.2))
            _take(selector, ready)
            del errors[:-ERRORS_KEPT]
            if output.endswith(b"\n"):
                reason = ""
                break
            if len(output) > OUTPUT_LIMIT:
                reason = "size"
                break
            if not ready and _has_exited(process):
                break
    return Ended(bytes(output), errors.decode("utf-8", "replace"), reason, _end(process))


def _take(selector: selectors.BaseSelector, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
    for key, _events in ready:
        data = os.read(key.fd, 1 << 16)
        key.data.extend(data)
        if not data:
            selector.unregister(key.fileobj)


def _has_exited(process: subprocess.Popen[bytes]) -> bool:
    """Without reaping it: its id must stay taken until the whole group is ended."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: subprocess.Popen[bytes]) -> int:
    """Kills what is left of the process group and gives the exit status; may be called twice."""
    if process.returncode is not None:
        return process.returncode
    own = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    # An empty group is no error; macOS answers PermissionError for a group of zombies.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stderr is not None:
        process.stderr.close()
    status = process.wait()
    return status if own is None or own.si_code == os.CLD_EXITED else -own.si_status
