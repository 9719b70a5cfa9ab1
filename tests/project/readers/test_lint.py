from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.project.lint import Lint
from tenfold.project.model import Known, Unknown
from tenfold.project.readers.lint import CODES, find_ruff, start_lint
from tests.builders import list_files, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.lint import RuffFinding


def lint(root: Path, **files: str) -> Lint:
    write_files(root, {name.replace("__", "/") + ".py": text for name, text in files.items()})
    found = start_lint(root, list_files(root)).result()
    assert isinstance(found, Known), found
    return found.value


def places(findings: tuple[RuffFinding, ...]) -> list[tuple[str, str]]:
    return [(one.code, str(one.where)) for one in findings]


def test_prints_and_named_lambdas_are_found_at_their_places(tmp_path: Path) -> None:
    found = lint(tmp_path, b__views="x = 1\nprint(x)\n", a="double = lambda n: 2 * n\n")
    assert places(found.findings) == [("E731", "a.py:1"), ("T201", "b/views.py:2")]


def test_findings_are_asked_for_by_the_start_of_their_code(tmp_path: Path) -> None:
    found = lint(tmp_path, a="print(1)\ndouble = lambda n: 2 * n\n")
    assert [one.code for one in found.coded("T20")] == ["T201"]
    assert [one.code for one in found.coded("T20", "E7")] == ["T201", "E731"]


def test_a_noqa_comment_holds(tmp_path: Path) -> None:
    assert lint(tmp_path, a="print(1)  # noqa: T201\n").findings == ()


def test_the_projects_own_ruff_configuration_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text('exclude = ["a.py"]\n[lint]\nignore = ["T201"]\n')
    assert places(lint(tmp_path, a="print(1)\n").findings) == [("T201", "a.py:1")]


def test_a_file_that_does_not_parse_costs_only_itself(tmp_path: Path) -> None:
    found = lint(tmp_path, a="def broken(:\n", b="print(1)\n")
    assert places(found.findings) == [("T201", "b.py:1")]


def test_the_newest_syntax_is_read(tmp_path: Path) -> None:
    found = lint(tmp_path, a="try:\n    pass\nexcept KeyError, ValueError:\n    print(1)\n")
    assert places(found.findings) == [("T201", "a.py:4")]


def test_only_files_of_the_project_are_read(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": "x = 1\n"})
    files = list_files(tmp_path)
    write_files(tmp_path, {"ignored.py": "print(1)\n"})
    assert start_lint(tmp_path, files).result() == Known(Lint((), CODES))


@pytest.mark.parametrize("name", ["-x", "@list", "a b", "ünï", "build__inner"])
def test_odd_names_are_read_like_others(tmp_path: Path, name: str) -> None:
    assert places(lint(tmp_path, **{name: "print(1)\n"}).findings) == [
        ("T201", f"{name.replace('__', '/')}.py:1")
    ]


def test_nothing_is_written_inside_the_project(tmp_path: Path) -> None:
    root, cache = tmp_path / "shop", tmp_path / "cache"
    write_files(root, {"a.py": "print(1)\n"})
    start_lint(root, list_files(root), cache=cache).result()
    start_lint(root, list_files(root)).result()
    assert [p.name for p in root.iterdir()] == ["a.py"]
    assert (cache / "ruff").is_dir()


def test_a_warm_cache_gives_the_same_findings(tmp_path: Path) -> None:
    root, cache = tmp_path / "shop", tmp_path / "cache"
    write_files(root, {"a.py": "print(1)\n"})
    cold, warm = (start_lint(root, list_files(root), cache=cache).result() for _ in range(2))
    assert cold == warm
    assert isinstance(warm, Known)
    assert places(warm.value.findings) == [("T201", "a.py:1")]


def test_a_project_without_python_has_no_findings(tmp_path: Path) -> None:
    assert lint(tmp_path).findings == ()


def test_a_ruff_that_cannot_be_started_is_unknown(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": ""})
    found = start_lint(tmp_path, list_files(tmp_path), ruff=tmp_path / "none").result()
    assert found == Unknown("ruff cannot be started: No such file or directory")


def script(tmp_path: Path, body: str) -> Path:
    program = tmp_path / "ruff"
    program.write_text(f"#!{sys.executable}\n{body}\n")
    program.chmod(0o755)
    return program


def test_a_ruff_that_fails_is_unknown_with_its_words(tmp_path: Path) -> None:
    program = script(tmp_path, "import sys; sys.exit('error: no such option')")
    write_files(tmp_path, {"a.py": ""})
    found = start_lint(tmp_path, list_files(tmp_path), ruff=program).result()
    assert found == Unknown("ruff failed with exit code 1: error: no such option")


def test_a_ruff_that_hangs_is_ended(tmp_path: Path) -> None:
    program = script(tmp_path, "import time; time.sleep(60)")
    write_files(tmp_path, {"a.py": ""})
    found = start_lint(tmp_path, list_files(tmp_path), ruff=program).result(seconds=0.05)
    assert found == Unknown("ruff did not end within 0 s")


def test_the_result_can_be_asked_for_twice(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": "print(1)\n"})
    running = start_lint(tmp_path, list_files(tmp_path))
    assert running.result() is running.result()


def test_ruff_is_found_beside_tenfold() -> None:
    assert find_ruff() is not None


def test_what_only_debug_runs_is_told_apart(tmp_path: Path) -> None:
    text = (
        "from django.conf import settings\n"
        "def f(x):\n"
        "    if settings.DEBUG and x:\n"
        "        print(1)\n"
        "    else:\n"
        "        print(2)\n"
        "    print(3) if settings.DEBUG else print(4)\n"
        "    if not settings.DEBUG:\n"
        "        print(5)\n"
    )
    found = lint(tmp_path, a=text).findings
    assert [(one.where.line, one.debug_only) for one in found] == [
        (4, True),
        (6, False),
        (7, True),
        (7, False),
        (9, False),
    ]
