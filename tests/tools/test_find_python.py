from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools/find-python"
TOOLS = "/usr/bin:/bin"
WORKING = "#!/bin/sh\nexit 0\n"
BROKEN_SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"


def make(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def find(path: str, pyenv: Path) -> subprocess.CompletedProcess[str]:
    """Run the search with only the given folders on PATH; the script needs `ls` and `sort` beside them."""
    bare = pyenv.parent / "bare"
    for name in ("ls", "sort"):
        program = next(Path(folder) / name for folder in TOOLS.split(":") if (Path(folder) / name).exists())
        bare.mkdir(exist_ok=True)
        if not (bare / name).exists():
            (bare / name).symlink_to(program)
    environment = {"PATH": f"{path}:{bare}", "PYENV_ROOT": str(pyenv)}
    return subprocess.run(["/bin/sh", SCRIPT], env=environment, capture_output=True, text=True, check=False)


def test_the_newest_interpreter_that_works_is_taken(tmp_path: Path) -> None:
    make(tmp_path / "bin/python3.11", WORKING)
    newest = make(tmp_path / "bin/python3.13", WORKING)
    assert find(str(tmp_path / "bin"), tmp_path / "pyenv").stdout.strip() == str(newest)


def test_a_shim_that_fails_is_no_interpreter(tmp_path: Path) -> None:
    make(tmp_path / "shims/python3.13", BROKEN_SHIM)
    other = make(tmp_path / "bin/python3.13", WORKING)
    assert find(f"{tmp_path}/shims:{tmp_path}/bin", tmp_path / "pyenv").stdout.strip() == str(other)


def test_the_newest_patch_release_of_a_version_manager_is_taken(tmp_path: Path) -> None:
    make(tmp_path / "pyenv/versions/3.12.9/bin/python", WORKING)
    newest = make(tmp_path / "pyenv/versions/3.12.10/bin/python", WORKING)
    make(tmp_path / "pyenv/versions/3.12.99t/bin/python", WORKING)
    make(tmp_path / "bin/python3.11", WORKING)
    assert find(str(tmp_path / "bin"), tmp_path / "pyenv").stdout.strip() == str(newest)


def test_an_interpreter_that_is_too_old_does_not_count(tmp_path: Path) -> None:
    code = f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 10); $2"\n'
    make(tmp_path / "bin/python3", code)
    result = find(str(tmp_path / "bin"), tmp_path / "pyenv")
    assert (result.returncode, result.stdout) == (1, "")


def test_without_any_interpreter_it_says_what_to_install(tmp_path: Path) -> None:
    result = find(str(tmp_path / "none"), tmp_path / "pyenv")
    assert result.returncode == 1
    assert "Python >= 3.11" in result.stderr
    assert "apt-get install" in result.stderr
