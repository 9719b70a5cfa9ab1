from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tenfold.project.model import Known
from tenfold.project.readers.files import read_files

if TYPE_CHECKING:
    from pathlib import Path


def git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words], cwd=root, check=True
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "kept.py").write_text("x = 1\n")
    (tmp_path / ".gitignore").write_text(".env\n")
    git(tmp_path, "add", ".")
    (tmp_path / "new.py").write_text("y = 1\n")
    (tmp_path / ".env").write_text("SECRET=1\n")
    return tmp_path


def paths(root: Path, **options: tuple[str, ...]) -> list[str]:
    return [file.path for file in read_files(root, **options)[0].all]


def test_git_tells_tracked_untracked_and_ignored_files_apart(checkout: Path) -> None:
    files, problems = read_files(checkout)
    assert {file.path: file.tracked for file in files.all} == {
        ".gitignore": True,
        "kept.py": True,
        "new.py": False,
    }
    assert files.ignored == {".env"}
    assert files.git == Known(value=True)
    assert problems == ()


def test_a_file_deleted_but_still_in_the_index_is_left_out(checkout: Path) -> None:
    (checkout / "kept.py").unlink()
    assert "kept.py" not in paths(checkout)


def test_without_git_the_folder_is_walked_and_environments_are_skipped(tmp_path: Path) -> None:
    for path in ("app/a.py", "node_modules/b.py", "odd-env/pyvenv.cfg", "odd-env/c.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    assert paths(tmp_path) == ["app/a.py"]
    assert read_files(tmp_path)[0].git == Known(value=False)


def test_links_that_loop_or_leave_the_project_are_not_followed(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.py").write_text("")
    (project / "loop").symlink_to(project)
    (project / "self.py").symlink_to(project / "self.py")
    (tmp_path / "secret.py").write_text("")
    (project / "outside.py").symlink_to(tmp_path / "secret.py")
    (project / "inside.py").symlink_to(project / "a.py")
    assert paths(project) == ["a.py", "inside.py"]


def test_a_folder_without_permission_is_a_problem_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text("")
    (tmp_path / "closed").mkdir()
    scan = os.scandir

    def refuse(path: str) -> object:  # root may read every folder, so the refusal is made
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    files, problems = read_files(tmp_path)
    assert [file.path for file in files.all] == ["a.py"]
    assert (problems[0].where.path, problems[0].what) == ("closed", "cannot be listed: Permission denied")


def test_excluded_patterns_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "legacy").mkdir()
    (tmp_path / "legacy" / "old.py").write_text("")
    (tmp_path / "new.py").write_text("")
    assert paths(tmp_path, exclude=("legacy/*",)) == ["new.py"]


def test_files_are_found_by_name_pattern_in_any_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "Dockerfile.prod").write_text("")
    files, _ = read_files(tmp_path)
    assert [f.path for f in files.named("Dockerfile*")] == ["a/Dockerfile.prod"]


def test_inside_a_git_hook_a_subfolder_is_listed_by_git_too(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "inner").mkdir()
    (checkout / "inner" / "a.py").write_text("")
    monkeypatch.setenv("GIT_DIR", ".git")
    files, _ = read_files(checkout / "inner")
    assert files.git == Known(True)
    assert [file.path for file in files.all] == ["a.py"]
