from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.make_cluster import make_cluster

if TYPE_CHECKING:
    from pathlib import Path

# Programs that do nothing but leave a trace: `initdb -D FOLDER ...` and `postgres --single ... | -V`.
INITDB = """#!/bin/sh
mkdir -p "$2"; echo 18 > "$2/PG_VERSION"; echo "$@" > "$2/options"
"""
POSTGRES = """#!/bin/sh
if [ "$1" = -V ]; then echo "postgres (PostgreSQL) 18.6"; exit; fi
while [ "$1" != -D ]; do shift; done
cat >> "$2/sql"
"""
BROKEN = "#!/bin/sh\nexit 3\n"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    install(folder, initdb=INITDB, postgres=POSTGRES)
    return folder


def install(folder: Path, **programs: str) -> None:
    for name, text in programs.items():
        (folder / name).write_text(text, encoding="ascii")
        (folder / name).chmod(0o755)


def make(data: Path, programs: Path, roles: str = "roles\n") -> None:
    make_cluster(
        data, programs=programs, options=["--encoding=UTF8"], roles=roles, database="create database"
    )


def test_a_new_cluster_has_its_roles_before_its_database(tmp_path: Path, programs: Path) -> None:
    data = tmp_path / "data" / "postgres"
    make(data, programs)
    assert (data / "sql").read_text(encoding="ascii") == "roles\ncreate database\n"
    assert "--encoding=UTF8" in (data / "options").read_text(encoding="ascii")
    assert not data.with_name("postgres.new").exists()


def test_a_cluster_that_is_there_is_settled_and_keeps_its_database(tmp_path: Path, programs: Path) -> None:
    data = tmp_path / "postgres"
    make(data, programs)
    make(data, programs, roles="again\n")
    assert (data / "sql").read_text(encoding="ascii") == "roles\ncreate database\nagain\n"


def test_a_cluster_is_put_in_place_only_when_it_is_whole(tmp_path: Path, programs: Path) -> None:
    data = tmp_path / "postgres"
    install(programs, postgres=BROKEN)
    with pytest.raises(subprocess.CalledProcessError):
        make(data, programs)
    assert not data.exists()
    install(programs, postgres=POSTGRES)
    make(data, programs)
    assert (data / "sql").read_text(encoding="ascii") == "roles\ncreate database\n"


@pytest.mark.parametrize("kept", ["15", "8", "1"])
def test_data_of_another_version_are_refused(tmp_path: Path, programs: Path, kept: str) -> None:
    data = tmp_path / "postgres"
    make(data, programs)
    (data / "PG_VERSION").write_text(kept, encoding="ascii")
    with pytest.raises(FileExistsError, match=f"holds data of PostgreSQL {kept}"):
        make(data, programs)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, programs: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "mine").touch()
    with pytest.raises(FileExistsError, match="no database cluster"):
        make(data, programs)
    assert [path.name for path in data.iterdir()] == ["mine"]
