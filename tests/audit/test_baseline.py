from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tenfold.audit.baseline import (
    BaselineEntry,
    find_obsolete,
    make_baseline,
    read_baseline,
    write_baseline,
)
from tenfold.errors import TenfoldError
from tests.builders import make_finding, make_practice, make_reported

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.audit.result import Reported

PRACTICE = make_practice()


def reported(fingerprint: str, path: str = "shop/settings.py", **values: object) -> Reported:
    return make_reported(make_finding(PRACTICE, path, 12, symbol="DEBUG"), fingerprint, **values)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    baseline = make_baseline([reported("b" * 16), reported("a" * 16)])
    (tmp_path / "baseline.json").write_text(write_baseline(baseline))
    assert read_baseline(tmp_path / "baseline.json") == baseline


def test_the_file_is_sorted_and_holds_no_line_numbers() -> None:
    found = [reported("c", "z.py"), reported("b", "a.py"), reported("a", "z.py")]
    text = write_baseline(make_baseline(found))
    assert text == write_baseline(make_baseline(found[::-1]))
    assert [(e["path"], e["fingerprint"]) for e in json.loads(text)["findings"]] == [
        ("a.py", "b"),
        ("z.py", "a"),
        ("z.py", "c"),
    ]
    assert "12" not in text
    assert text.endswith("}\n")


def test_an_update_keeps_notes_and_drops_what_is_gone() -> None:
    before = (
        BaselineEntry(PRACTICE.id, "old/settings.py", "DEBUG", "a", note="until the move"),
        BaselineEntry(PRACTICE.id, "old/settings.py", "DEBUG", "gone", note="x"),
    )
    (entry,) = make_baseline([reported("a")], before=before)
    assert (entry.path, entry.note) == ("shop/settings.py", "until the move")


def test_an_update_keeps_entries_of_practices_that_were_not_judged_to_an_end() -> None:
    other = BaselineEntry("http/named-urls", "shop/urls.py", "", "b", note="later")
    gone = BaselineEntry(PRACTICE.id, "shop/settings.py", "DEBUG", "gone")
    assert make_baseline([], before=(gone, other), judged={PRACTICE.id}) == (other,)


def test_suppressed_findings_need_no_entry() -> None:
    assert make_baseline([reported("a", suppression="agreed")]) == ()


def test_an_entry_that_matches_nothing_is_obsolete() -> None:
    baseline = make_baseline([reported("a"), reported("b", "x.py")])
    found = find_obsolete(baseline, ["a"], judged=[PRACTICE.id], known=[PRACTICE.id])
    assert found == ("settings/debug-off x.py DEBUG",)


def test_an_entry_of_a_practice_that_was_not_judged_is_not_obsolete() -> None:
    baseline = make_baseline([reported("a")])
    assert find_obsolete(baseline, [], judged=["http/named-urls"], known=[PRACTICE.id]) == ()


def test_an_entry_of_a_practice_that_is_gone_is_obsolete() -> None:
    baseline = make_baseline([reported("a")])
    assert len(find_obsolete(baseline, [], judged=[], known=["http/named-urls"])) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<<<<<<< HEAD\n", "no valid JSON"),
        ("[]", "has not the form"),
        ('{"version": 99, "findings": []}', "has not the form"),
        ('{"version": 1}', 'no list "findings"'),
        ('{"version": 1, "findings": ["x"]}', "Entry 1 of the baseline file baseline.json is broken"),
        ('{"version": 1, "findings": [{"practice": "a", "path": 3, "fingerprint": "f"}]}', "Entry 1"),
        (
            '{"version": 1, "findings": [{"practice": "a", "path": "b", "fingerprint": "f", "note": 1}]}',
            "Entry 1",
        ),
    ],
)
def test_a_broken_file_is_refused_with_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "baseline.json").write_text(text)
    with pytest.raises(TenfoldError) as caught:
        read_baseline(tmp_path / "baseline.json")
    assert said in caught.value.what
    assert "--update-baseline" in caught.value.next_step


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TenfoldError, match="no baseline file"):
        read_baseline(tmp_path / "baseline.json")
