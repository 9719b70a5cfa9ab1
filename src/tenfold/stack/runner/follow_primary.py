"""Becomes a streaming replica: copies the primary when its own data cannot follow, then is the server.

    python -m tenfold.stack.runner.follow_primary --programs FOLDER --data FOLDER --settings FILE
        --primary CONNECTION --slot NAME --max-connections NUMBER

It runs at each start of a replica, since only then can be told whether the data still fit the primary's:
either may have been removed, restored or killed in between. A copy is made beside and put in place when it is
complete. When the primary does not answer, the replica serves what it has.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tenfold.stack.services.postgres.following import (
    DROP_SLOT,
    PRIMARY_QUERY,
    parse_copy,
    parse_primary,
    why_rebuild,
)

if TYPE_CHECKING:
    from tenfold.stack.services.postgres.following import Copy, Primary

PATIENCE, HASTE = 10.0, 2.0
"""Seconds that a primary may take to answer: without data there is nothing else to wait for, with data the
replica is of more use when it serves them."""
PAUSE = 0.25


def read_copy(data: Path, programs: Path) -> Copy | None:
    """What the replica's folder holds; None for nothing that could be started."""
    words = [str(programs / "pg_controldata"), str(data)]
    try:
        version = (data / "PG_VERSION").read_text(encoding="ascii")
        control = subprocess.run(words, capture_output=True, text=True, check=True, env=_plain())
        return parse_copy(version, control.stdout, standby=(data / "standby.signal").exists())
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError):
        return None  # to be copied anew, whatever it was


def ask_primary(connection: str, slot: str, programs: Path) -> Primary | None:
    """What the primary says of itself; None when it does not answer."""
    answer = _query(connection, PRIMARY_QUERY.format(slot=slot), programs)
    return parse_primary(answer.stdout) if answer.returncode == 0 else None


def copy_primary(data: Path, connection: str, slot: str, programs: Path) -> None:
    """A copy of the primary with a new slot. Raises subprocess.CalledProcessError, OSError."""
    made = data.with_name(f"{data.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    _query(connection, DROP_SLOT.format(slot=slot), programs)
    words = [str(programs / "pg_basebackup"), "-d", connection, "-D", str(made)]
    options = ["--create-slot", "--slot", slot, "--wal-method=stream", "--checkpoint=fast"]
    subprocess.run([*words, *options], check=True)
    (made / "standby.signal").touch()
    shutil.rmtree(data, ignore_errors=True)
    made.rename(data)


def _query(connection: str, sql: str, programs: Path) -> subprocess.CompletedProcess[str]:
    words = [str(programs / "psql"), "-X", "-q", "-A", "-t", "-d", f"{connection} dbname=postgres", "-c", sql]
    return subprocess.run(words, capture_output=True, text=True, check=False, env=_plain())


def _plain() -> dict[str, str]:
    """Words of programs that are read are English."""
    return {**os.environ, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "5"}


def _wait_for_primary(connection: str, slot: str, programs: Path, *, seconds: float) -> Primary | None:
    ends = time.monotonic() + seconds
    while (primary := ask_primary(connection, slot, programs)) is None and time.monotonic() < ends:
        time.sleep(PAUSE)
    return primary


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _prepare(given: argparse.Namespace) -> Copy | None:
    """The data to start on; None when there are none and the primary does not answer."""
    copy = read_copy(given.data, given.programs)
    seconds = HASTE if copy else PATIENCE
    primary = _wait_for_primary(given.primary, given.slot, given.programs, seconds=seconds)
    if primary is None:
        _say("The primary does not answer" + (": serving what is here." if copy else "."))
        return copy
    if reason := why_rebuild(copy, primary):
        _say(f"The primary is copied: {reason}.")
        copy_primary(given.data, given.primary, given.slot, given.programs)
        copy = read_copy(given.data, given.programs)
    return copy


def _become_server(given: argparse.Namespace, copy: Copy) -> NoReturn:
    # A replica refuses to start with fewer than its primary had when it wrote what is still to be read.
    # https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN
    most = max(copy.connections, given.max_connections)
    server = str(given.programs / "postgres")
    words = [server, "-D", str(given.data), "-c", f"config_file={given.settings}"]
    os.execv(server, [*words, "-c", f"max_connections={most}"])


def main() -> int:
    # Python answers an interrupt with a traceback; the server that follows must have the usual one as well.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parser = argparse.ArgumentParser(prog="follow_primary")
    for name, kind in (("--programs", Path), ("--data", Path), ("--settings", Path), ("--primary", str)):
        parser.add_argument(name, type=kind, required=True)
    parser.add_argument("--slot", required=True)
    parser.add_argument("--max-connections", type=int, required=True)
    given = parser.parse_args()
    try:
        copy = _prepare(given)
    except (OSError, subprocess.CalledProcessError) as error:
        _say(f"The primary cannot be copied: {error}")
        return 1
    if copy is not None:
        _become_server(given, copy)
    return 1


if __name__ == "__main__":
    sys.exit(main())
