from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.cli._new_folder import begin_repository, draft, put_in_place, refuse_folder, write_files
from tenfold.errors import TenfoldError
from tenfold.scaffold.rendering import NewFile

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = (NewFile("a/one.txt", "1"), NewFile("two.txt", "2"), NewFile(".env", "secret", 0o600))


def test_files_are_written_with_their_folders_and_modes(tmp_path: Path) -> None:
    write_files(tmp_path / "new", FILES)
    assert (tmp_path / "new/a/one.txt").read_text(encoding="utf-8") == "1"
    assert (tmp_path / "new/.env").stat().st_mode & 0o777 == 0o600


def test_nothing_is_left_when_a_file_cannot_be_written(tmp_path: Path) -> None:
    twice = (*FILES, NewFile("two.txt/three.txt", "3"))
    with pytest.raises(TenfoldError, match="Nothing was left behind"), draft(tmp_path / "shop") as made:
        write_files(made, twice)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_when_a_person_interrupts(tmp_path: Path) -> None:
    def interrupt() -> None:
        with draft(tmp_path / "shop") as made:
            write_files(made, FILES)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert list(tmp_path.iterdir()) == []


def test_a_finished_project_takes_its_place(tmp_path: Path) -> None:
    with draft(tmp_path / "shop") as made:
        write_files(made, FILES)
        put_in_place(made, tmp_path / "shop")
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]
    assert sorted(path.name for path in (tmp_path / "shop").iterdir()) == [".env", "a", "two.txt"]


def test_an_empty_folder_is_given_back_empty_when_moving_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    rename = Path.rename

    def fail_for_the_last(self: Path, target: Path) -> Path:
        if self.name == "two.txt" and Path(target).parent.name == "shop":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_last)
    write_files(tmp_path / "made", FILES)
    with pytest.raises(TenfoldError, match="No space left"):
        put_in_place(tmp_path / "made", tmp_path / "shop")
    assert list((tmp_path / "shop").iterdir()) == []


def a_link(folder: Path) -> Path:
    (folder / "elsewhere").mkdir()
    (folder / "shop").symlink_to(folder / "elsewhere")
    return folder / "shop"


def a_file(folder: Path) -> Path:
    (folder / "shop").write_text("", encoding="utf-8")
    return folder / "shop"


def a_broken_link(folder: Path) -> Path:
    (folder / "shop").symlink_to(folder / "nowhere")
    return folder / "shop"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (a_link, "is a link"),
        (a_broken_link, "is a link"),
        (a_file, "is a file"),
        (lambda folder: folder / "no/shop", "There is no folder"),
        (lambda folder: folder / "a:b", "cannot stand in"),
        (lambda folder: folder / "a\nb", "cannot stand in"),
    ],
)
def test_a_place_where_no_project_can_be_is_refused(
    tmp_path: Path, place: Callable[[Path], Path], told: str
) -> None:
    with pytest.raises(TenfoldError, match=told):
        refuse_folder(place(tmp_path))


def test_a_folder_with_blanks_and_letters_of_any_language_will_do(tmp_path: Path) -> None:
    refuse_folder(tmp_path / "meine Läden")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(TenfoldError, match="cannot be written"), draft(tmp_path / "shop"):
            pass
    finally:
        tmp_path.chmod(0o755)


def test_without_git_there_is_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert begin_repository(tmp_path) == "no git repository: git is not installed"


def test_a_hook_of_git_does_not_lead_to_its_own_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    assert begin_repository(tmp_path).startswith("a git repository")
    assert (tmp_path / ".git").is_dir()
    assert not (tmp_path / "other").exists()
