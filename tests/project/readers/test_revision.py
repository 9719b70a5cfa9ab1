from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tenfold.project.readers.revision import revision_folder

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *arguments: str) -> bytes:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit, then a change that is not committed."""
    home = tmp_path / "shop"
    (home / "site").mkdir(parents=True)
    (home / "site/é.py").write_bytes(b"A = 1\r\n")
    (home / "empty.py").touch()
    (home / "link.py").symlink_to("/etc/hostname")
    git(home, "init", "-q")
    git(home, "add", "-A")
    git(home, "commit", "-q", "-m", "one")
    (home / "site/é.py").write_bytes(b"A = 2\n")
    return home


def test_the_folder_holds_the_files_of_the_revision_tracked_and_without_links(repository: Path) -> None:
    with revision_folder(repository, "HEAD") as folder:
        assert folder is not None
        assert folder.name == "shop"
        assert (folder / "site/é.py").read_bytes() == b"A = 1\r\n"
        assert (folder / "empty.py").read_bytes() == b""
        assert not (folder / "link.py").is_symlink()
        assert b"empty.py" in git(folder, "ls-files")
    assert not folder.exists()


def test_a_project_below_the_repository_s_root_is_taken_alone(repository: Path) -> None:
    with revision_folder(repository / "site", "HEAD") as folder:
        assert folder is not None
        assert [path.name for path in folder.iterdir() if path.name != ".git"] == ["é.py"]


@pytest.mark.parametrize("reference", ["nowhere", "", "--output=x"])
def test_what_is_no_revision_gives_none(repository: Path, reference: str) -> None:
    with revision_folder(repository, reference) as folder:
        assert folder is None


def test_without_git_there_is_none(tmp_path: Path) -> None:
    with revision_folder(tmp_path, "HEAD") as folder:
        assert folder is None


def test_filters_of_the_repository_s_own_configuration_are_not_run(repository: Path, tmp_path: Path) -> None:
    (repository / ".gitattributes").write_text("*.py filter=evil\n", encoding="utf-8")
    git(repository, "add", ".gitattributes")
    git(repository, "commit", "-q", "-m", "two")
    trap = tmp_path / "ran"
    git(repository, "config", "filter.evil.smudge", f"touch {trap}; cat")
    with revision_folder(repository, "HEAD") as folder:
        assert folder is not None
    assert not trap.exists()
