"""Makes the data folder of a PostgreSQL primary, whole or not at all; a small program of its own.

    python -m tenfold.stack.runner.make_cluster --programs FOLDER --data FOLDER --database NAME --owner ROLE
        -- initdb's options                                   (SQL that settles the roles on standard input)

A folder that holds a cluster is never cleared: its roles are settled again, its data stay. A new cluster is
made beside and put in place when it is complete, so that an interrupted first start leaves nothing half made.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path


def make_cluster(data: Path, *, programs: Path, options: list[str], roles: str, database: str) -> None:
    """Make or settle the cluster in `data`; `database` is the SQL that makes the database of a new one.

    Raises subprocess.CalledProcessError when a program of PostgreSQL fails, OSError for the folder.
    """
    if (data / "PG_VERSION").is_file():
        _refuse_other_version(data, programs)
        _run_alone(data, programs, roles)
        return
    if data.is_dir() and any(data.iterdir()):
        raise FileExistsError(f"{data} holds files but no database cluster: move them away")
    made = data.with_name(f"{data.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    made.parent.mkdir(parents=True, exist_ok=True)
    words = [str(programs / "initdb"), "-D", str(made), "-U", "postgres"]
    access = ["--auth-local=trust", "--auth-host=scram-sha-256"]
    subprocess.run([*words, *access, *options], check=True, stdout=subprocess.DEVNULL)
    _run_alone(made, programs, f"{roles}{database}\n")
    made.rename(data)


def _refuse_other_version(data: Path, programs: Path) -> None:
    """Raises FileExistsError for data that only another PostgreSQL can read."""
    kept = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    answer = subprocess.run([str(programs / "postgres"), "-V"], capture_output=True, text=True, check=True)
    if not re.search(rf"\s{re.escape(kept)}(?!\d)", answer.stdout):
        raise FileExistsError(
            f"{data} holds data of PostgreSQL {kept}, and {programs / 'postgres'} is {answer.stdout.strip()}. "
            f'Set binaries = {{ postgres = "..." }} in [tool.tenfold.up] to a PostgreSQL {kept}, or move the '
            "folder away to begin with an empty database"
        )


def _run_alone(data: Path, programs: Path, sql: str) -> None:
    """Run SQL, a statement a line, without a server. https://www.postgresql.org/docs/current/app-postgres.html"""
    quiet = ["-c", "log_checkpoints=off", "-c", "exit_on_error=on"]
    words = [str(programs / "postgres"), "--single", *quiet, "-D", str(data), "postgres"]
    subprocess.run(words, input=sql, text=True, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make_cluster")
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--owner", required=True)
    parser.add_argument("options", nargs="*")
    given = parser.parse_args()
    database = f"create database {given.database} owner {given.owner}"
    roles = sys.stdin.read()
    try:
        make_cluster(
            given.data, programs=given.programs, options=given.options, roles=roles, database=database
        )
    except (OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"The database cluster cannot be made: {_say(error)}\n")
        return 1
    return 0


def _say(error: OSError | subprocess.CalledProcessError) -> str:
    """One line; the failing program has told the rest on standard error."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(error.cmd[0]).name} ended with {error.returncode}"
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
