from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.readers.consent import (
    DECLINED,
    NOT_ASKED,
    REFUSED,
    recall_consent,
    remember_consent,
    settle_consent,
    state_file,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_an_answer_is_remembered_per_project(tmp_path: Path) -> None:
    file = tmp_path / "state" / "probe.json"
    remember_consent(tmp_path / "a", yes=True, file=file)
    remember_consent(tmp_path / "b", yes=False, file=file)
    assert recall_consent(tmp_path / "a", file=file) is True
    assert recall_consent(tmp_path / "b", file=file) is False
    assert recall_consent(tmp_path / "c", file=file) is None


def test_the_state_stands_where_the_person_keeps_state(tmp_path: Path) -> None:
    assert state_file({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "tenfold" / "probe.json"


def test_a_flag_decides_for_this_run_alone(tmp_path: Path) -> None:
    file = tmp_path / "probe.json"
    remember_consent(tmp_path, yes=True, file=file)
    assert settle_consent(tmp_path, wanted=False, file=file) == (False, DECLINED)
    assert recall_consent(tmp_path, file=file) is True


def test_without_a_person_nothing_is_run(tmp_path: Path) -> None:
    assert settle_consent(tmp_path, wanted=None, file=tmp_path / "s.json") == (False, NOT_ASKED)


def test_a_question_is_asked_once(tmp_path: Path) -> None:
    file, asked = tmp_path / "s.json", []

    def ask() -> bool:
        asked.append(1)
        return False

    assert settle_consent(tmp_path, wanted=None, ask=ask, file=file) == (False, REFUSED)
    assert settle_consent(tmp_path, wanted=None, ask=ask, file=file) == (False, REFUSED)
    assert len(asked) == 1


def test_a_spoilt_state_file_asks_again(tmp_path: Path) -> None:
    file = tmp_path / "probe.json"
    file.write_text("{not json")
    assert settle_consent(tmp_path, wanted=None, ask=lambda: True, file=file) == (True, "")
    assert recall_consent(tmp_path, file=file) is True


def test_input_that_ends_is_no_answer(tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    assert settle_consent(tmp_path, wanted=None, ask=lambda: None, file=file) == (False, NOT_ASKED)
    assert not file.exists()


def test_an_answer_that_cannot_be_kept_counts_once(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    file = tmp_path / "taken" / "s.json"
    assert settle_consent(tmp_path, wanted=None, ask=lambda: True, file=file) == (True, "")
