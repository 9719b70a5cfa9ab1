from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rules.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STATISTICS = """
tests/project/test_one.py::test_any_text[a b]:

  - during reuse phase (0.01 seconds):
    - 3 passing, 0 failing, and 1 invalid test cases
  - during generate phase (0.16 seconds):
    - 50 passing, 2 failing, and 5 invalid test cases

tests/project/test_two.py::test_any_file:

  - during generate phase (0.19 seconds):
    - 40 passing examples, 0 failing examples, 7 invalid examples
"""


def test_examples_are_counted_per_test_and_phase() -> None:
    from fuzz_readers import read_counts

    assert [(one["passed"], one["failed"], one["invalid"]) for one in read_counts(STATISTICS)] == [
        (53, 2, 6),
        (40, 0, 7),
    ]
    assert read_counts(STATISTICS)[0]["test"] == "tests/project/test_one.py::test_any_text[a b]"


def test_only_tests_that_honour_the_number_are_run(tmp_path: Path) -> None:
    from fuzz_readers import find_tests

    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_fuzz.py").write_text('N = os.environ.get("TENFOLD_FUZZ", "200")\n')
    (folder / "test_plain.py").write_text("N = 200\n")
    assert find_tests(folder) == ["tests/test_fuzz.py"]


def test_the_readers_of_source_settings_and_templates_are_among_them() -> None:
    from fuzz_readers import find_tests

    named = " ".join(find_tests(ROOT / "tests" / "project"))
    assert all(word in named for word in ("syntax", "template", "nginx", "settings"))
