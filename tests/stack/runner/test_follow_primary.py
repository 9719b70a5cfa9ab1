from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.follow_primary import ask_primary, copy_primary, read_copy
from tenfold.stack.services.postgres.following import Primary

if TYPE_CHECKING:
    from pathlib import Path

CONTROL = """#!/bin/sh
cat <<END
Database system identifier:           771
Latest checkpoint location:           0/10
Latest checkpoint's TimeLineID:       1
Minimum recovery ending location:     0/20
max_connections setting:              120
END
"""
BASEBACKUP = """#!/bin/sh
mkdir -p "$4"; echo 18 > "$4/PG_VERSION"; echo "$@" > "$4/options"
"""
ANSWER = "#!/bin/sh\necho '18|771|1|0/30|reserved'\n"
BROKEN = "#!/bin/sh\nexit 2\n"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    install(folder, pg_controldata=CONTROL, pg_basebackup=BASEBACKUP, psql=ANSWER)
    return folder


def install(folder: Path, **programs: str) -> None:
    for name, text in programs.items():
        (folder / name).write_text(text, encoding="ascii")
        (folder / name).chmod(0o755)


def test_a_copy_is_a_standby_and_has_a_slot_of_its_own(tmp_path: Path, programs: Path) -> None:
    data = tmp_path / "data" / "replica-1"
    data.parent.mkdir()
    copy_primary(data, "host='x'", "replica_1", programs)
    copy = read_copy(data, programs)
    assert copy is not None
    assert (copy.version, copy.system, copy.reached, copy.standby) == (18, "771", 0x20, True)
    assert "--create-slot --slot replica_1" in (data / "options").read_text(encoding="ascii")


def test_old_data_stay_until_the_copy_is_complete(tmp_path: Path, programs: Path) -> None:
    data = tmp_path / "replica-1"
    copy_primary(data, "host='x'", "replica_1", programs)
    (data / "old").touch()
    install(programs, pg_basebackup=BROKEN)
    with pytest.raises(subprocess.CalledProcessError):
        copy_primary(data, "host='x'", "replica_1", programs)
    assert (data / "old").exists()
    install(programs, pg_basebackup=BASEBACKUP)
    copy_primary(data, "host='x'", "replica_1", programs)
    assert not (data / "old").exists()


def test_a_folder_that_cannot_be_read_is_no_copy(tmp_path: Path, programs: Path) -> None:
    assert read_copy(tmp_path / "none", programs) is None
    data = tmp_path / "replica-1"
    copy_primary(data, "host='x'", "replica_1", programs)
    install(programs, pg_controldata=BROKEN)
    assert read_copy(data, programs) is None


def test_a_primary_that_does_not_answer_is_none(programs: Path) -> None:
    assert ask_primary("host='x'", "replica_1", programs) == Primary(18, "771", 1, 0x30, "reserved")
    install(programs, psql=BROKEN)
    assert ask_primary("host='x'", "replica_1", programs) is None
