from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import NoReturn

import pytest

from tenfold.stack.runner.files import (
    clear_step,
    due_steps,
    explain_error,
    inside,
    is_marked,
    prepare_service,
    remove_stale,
    warn_of_room,
    write_file,
    write_mark,
)
from tenfold.stack.service import File
from tests.stack.runner.example_plan import make_service, make_step


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_written_with_its_mode_and_folders(tmp_path: Path) -> None:
    assert write_file(tmp_path, File("etc/app/secret.conf", "key=1\n", mode=0o600))
    path = tmp_path / "etc/app/secret.conf"
    assert path.read_text() == "key=1\n"
    assert mode(path) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secret.conf"], "nothing is left beside"


def test_a_file_that_is_as_it_should_be_is_not_touched(tmp_path: Path) -> None:
    file = File("etc/app.conf", "x=1\n")
    write_file(tmp_path, file)
    before = (tmp_path / "etc/app.conf").stat()
    assert not write_file(tmp_path, file)
    after = (tmp_path / "etc/app.conf").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_mode_that_was_changed_by_hand_is_put_right(tmp_path: Path) -> None:
    file = File("etc/secret", "key", mode=0o600)
    write_file(tmp_path, file)
    (tmp_path / "etc/secret").chmod(0o644)
    assert not write_file(tmp_path, file)
    assert mode(tmp_path / "etc/secret") == 0o600


def test_changed_files_are_named(tmp_path: Path) -> None:
    service = make_service("app-1", files=(File("etc/a", "1"), File("etc/b", "1")))
    assert prepare_service(service, tmp_path) == ["etc/a", "etc/b"]
    changed = make_service("app-1", files=(File("etc/a", "1"), File("etc/b", "2")))
    assert prepare_service(changed, tmp_path) == ["etc/b"]


def test_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    prepare_service(make_service("app-1", folders=("data", "data/deep/er")), tmp_path)
    assert mode(tmp_path / "data") == 0o700
    assert mode(tmp_path / "data/deep/er") == 0o700


@pytest.mark.parametrize("path", ["../settings.py", "/etc/passwd", "etc/../../x", "."])
def test_nothing_outside_the_stack_is_written(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="nothing else is written"):
        inside(tmp_path / "stack", path)


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    for name in ("a.sock", "b.pid"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    remove_stale(make_service("app-1", sockets=("a.sock", "b.pid", "gone", "folder")), tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]


def test_a_step_is_due_until_its_mark_is_there(tmp_path: Path) -> None:
    service = make_service("postgres", steps=(make_step("initdb"), make_step("roles", mark="v2")))
    assert due_steps(service, tmp_path) == ("initdb", "roles")
    write_mark(tmp_path, "data/initdb.done", "done")
    write_mark(tmp_path, "data/roles.done", "v1")
    assert due_steps(service, tmp_path) == ("roles",), "another mark is another step"


def test_a_step_clears_files_and_folders_first(tmp_path: Path) -> None:
    (tmp_path / "data/old").mkdir(parents=True)
    (tmp_path / "data/old/file").touch()
    (tmp_path / "mark").touch()
    clear_step(tmp_path, make_step("copy", clears=("data/old", "mark", "gone")))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data"]


def test_a_mark_is_found_whatever_surrounds_it(tmp_path: Path) -> None:
    assert not is_marked(tmp_path, "data/x", "1")
    write_mark(tmp_path, "data/x", "1")
    assert is_marked(tmp_path, "data/x", "1")


def test_a_full_disk_keeps_the_old_file_and_leaves_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file(tmp_path, File("etc/app.conf", "old"))

    def fill(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", fill)
    with pytest.raises(OSError, match="No space left"):
        write_file(tmp_path, File("etc/app.conf", "new"))
    assert (tmp_path / "etc/app.conf").read_text() == "old"
    assert [one.name for one in (tmp_path / "etc").iterdir()] == ["app.conf"]


def test_a_full_disk_is_told_with_what_to_do() -> None:
    told = explain_error(
        OSError(errno.ENOSPC, "No space left on device", "etc/x"), Path("/srv/shop/.tenfold")
    )
    assert (
        told
        == "the disk of /srv/shop/.tenfold is full (etc/x); nothing was lost: free some space and start again"
    )


@pytest.mark.parametrize(
    ("free", "files", "told"),
    [
        (0, 10, "the disk of {} has 0 MiB left"),
        (99 * 256, 10, "the disk of {} has 99 MiB left"),
        (100 * 256, 10, ""),
        (10**9, 0, "the disk of {} can hold no more files"),
    ],
)
def test_little_room_is_told_beside_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, files: int, told: str
) -> None:
    room = os.statvfs_result((4096, 4096, 10**9, free, free, 100, files, files, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: room)
    assert warn_of_room(tmp_path) == told.format(tmp_path)
