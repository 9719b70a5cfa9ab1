from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.project.readers.base_tree import base_tree
from tests.builders import write_files

if TYPE_CHECKING:
    from pathlib import Path


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(root), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(root: Path, **files: str) -> None:
    write_files(root, {name.replace("__", "/") + ".py": text for name, text in files.items()})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "a change")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, views="one = 1\n", site__urls="two = 2\n")
    commit(root, views="one = 10\n")
    return root


def test_the_base_tree_holds_the_files_of_that_ref(repository: Path) -> None:
    with base_tree(repository, "HEAD~1") as tree:
        assert (tree / "views.py").read_text() == "one = 1\n"
        assert tree.name == "shop"


def test_the_base_tree_knows_its_tracked_files(repository: Path) -> None:
    with base_tree(repository, "HEAD~1") as tree:
        assert git(tree, "ls-files").split() == ["site/urls.py", "views.py"]


def test_the_base_tree_of_a_folder_is_that_folder(repository: Path) -> None:
    with base_tree(repository / "site", "HEAD~1") as tree:
        assert [p.name for p in tree.iterdir() if p.name != ".git"] == ["urls.py"]


def test_files_left_out_of_archives_are_there(repository: Path) -> None:
    (repository / ".gitattributes").write_text("site export-ignore\n")
    commit(repository, views="one = 11\n")
    with base_tree(repository, "HEAD") as tree:
        assert (tree / "site" / "urls.py").exists()


def test_nothing_stays_behind_and_the_repository_is_untouched(repository: Path) -> None:
    before = sorted(str(p) for p in repository.rglob("*"))
    with base_tree(repository, "HEAD~1") as tree:
        pass
    assert not tree.exists()
    assert sorted(str(p) for p in repository.rglob("*")) == before
    assert git(repository, "worktree", "list").count("\n") == 1


def test_a_shallow_clone_gives_the_commit_it_has(repository: Path, tmp_path: Path) -> None:
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", repository.as_uri(), str(tmp_path / "shallow")], check=True
    )
    with base_tree(tmp_path / "shallow", "HEAD") as tree:
        assert (tree / "views.py").read_text() == "one = 10\n"


def test_inside_a_git_hook_the_project_is_still_the_one_compared(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    with base_tree(repository, "HEAD~1") as tree:
        assert (tree / "views.py").read_text() == "one = 1\n"


def test_a_repository_of_longer_hashes_is_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    commit(tmp_path, views="one = 1\n")
    with base_tree(tmp_path, "HEAD") as tree:
        assert (tree / "views.py").exists()


@pytest.mark.parametrize("ref", ["no-such-branch", "--help", "HEAD:views.py"])
def test_an_unknown_ref_is_named(repository: Path, ref: str) -> None:
    with (
        pytest.raises(TenfoldError, match=f'git knows no commit "{ref}"') as caught,
        base_tree(repository, ref),
    ):
        pass
    assert "git fetch" in caught.value.next_step


def test_a_folder_outside_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TenfoldError, match="no git repository"), base_tree(tmp_path, "main"):
        pass


def test_a_folder_that_is_newer_than_the_ref_is_refused(repository: Path) -> None:
    commit(repository, new__models="three = 3\n")
    with (
        pytest.raises(TenfoldError, match="does not exist at HEAD~1"),
        base_tree(repository / "new", "HEAD~1"),
    ):
        pass


def test_a_machine_without_git_is_told_so(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TenfoldError, match="git is not installed"), base_tree(repository, "HEAD"):
        pass
