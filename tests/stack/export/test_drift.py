from __future__ import annotations

from tenfold.stack.export.drift import EDITED, FOREIGN, LEFT_OVER, MISSING, SAME, STALE, compare
from tenfold.stack.export.input import Exported
from tenfold.stack.export.sealing import seal_all


def export(**texts: str) -> tuple[Exported, ...]:
    files = (Exported(f"{name}.conf", text) for name, text in texts.items())
    return seal_all(files, "plain", asked={})


def written(files: tuple[Exported, ...]) -> dict[str, str]:
    return {file.path: file.text for file in files}


def states(files: tuple[Exported, ...], present: dict[str, str]) -> dict[str, str]:
    return {one.path.removesuffix(".conf"): one.state for one in compare(files, present)}


def test_what_was_written_has_not_drifted() -> None:
    files = export(nginx="a\n", cache="b\n")
    assert set(states(files, written(files)).values()) == {SAME}


def test_an_empty_folder_misses_everything() -> None:
    assert set(states(export(nginx="a\n"), {}).values()) == {MISSING}


def test_changed_numbers_make_an_untouched_file_stale() -> None:
    before, after = export(nginx="workers 2\n"), export(nginx="workers 4\n")
    compared = {one.path: one for one in compare(after, written(before))}
    assert compared["nginx.conf"].state == STALE
    assert not compared["nginx.conf"].is_kept
    assert "-workers 2" in compared["nginx.conf"].diff()
    assert "+workers 4" in compared["nginx.conf"].diff()


def test_a_file_edited_by_hand_is_kept() -> None:
    files = export(nginx="workers 2\n")
    present = written(files) | {"nginx.conf": written(files)["nginx.conf"] + "# mine\n"}
    found = next(one for one in compare(files, present) if one.path == "nginx.conf")
    assert found.state == EDITED
    assert found.is_kept
    assert "-# mine" in found.diff()


def test_a_file_of_somebody_else_is_kept() -> None:
    files = export(nginx="workers 2\n")
    found = next(one for one in compare(files, {"nginx.conf": "my own\n"}) if one.path == "nginx.conf")
    assert found.state == FOREIGN
    assert found.is_kept


def test_a_file_that_the_export_has_no_more_is_left_over() -> None:
    before, after = export(nginx="a\n", broker="b\n"), export(nginx="a\n")
    assert states(after, written(before))["broker"] == LEFT_OVER


def test_a_left_over_file_with_edits_is_nobodys_but_its_editors() -> None:
    before, after = export(nginx="a\n", broker="b\n"), export(nginx="a\n")
    present = written(before) | {"broker.conf": "mine\n"}
    assert "broker" not in states(after, present)


def test_a_diff_shows_where_the_last_line_has_no_end() -> None:
    found = compare((Exported("a.conf", "x"),), {})[0]
    assert found.diff().endswith("\\ No newline at end of file\n")
