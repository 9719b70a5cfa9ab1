from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenfold.edits.apply import apply, plan
from tenfold.edits.model import (
    AddImport,
    AppendLines,
    CreateFile,
    Edit,
    InsertItem,
    InsertLines,
    Proposal,
    RemoveItem,
    ReplaceText,
    SetKey,
    SetSetting,
)
from tenfold.edits.undo import undo
from tenfold.errors import EditError

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.edits.model import Change

AGE = SetKey("s.py", ("D", "default", "AGE"), "60")
DEBUG = SetSetting("s.py", "DEBUG", "False")


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def write(root: Path, text: str, *, name: str = "s.py") -> Path:
    path = root / name
    path.write_bytes(text.encode())
    return path


def test_a_plan_writes_nothing_and_shows_a_unified_diff(tmp_path: Path) -> None:
    write(tmp_path, "DEBUG = True\n")
    before = snapshot(tmp_path)
    planned = plan(tmp_path, [DEBUG, CreateFile("a/b.txt", "hi\n")])
    assert snapshot(tmp_path) == before
    assert planned.diff() == (
        "--- /dev/null\n+++ b/a/b.txt\n@@ -0,0 +1 @@\n+hi\n"
        "--- a/s.py\n+++ b/s.py\n@@ -1 +1 @@\n-DEBUG = True\n+DEBUG = False\n"
    )


def test_applying_writes_every_file_and_undoing_restores_them_exactly(tmp_path: Path) -> None:
    write(tmp_path, "DEBUG = True\r\nD = {'default': {}}").chmod(0o750)
    before = snapshot(tmp_path)
    undo_file = apply(plan(tmp_path, [DEBUG, AGE, CreateFile("a/b.txt", "hi\n")]))
    assert undo_file == tmp_path / ".tenfold/undo/1.json"
    assert (tmp_path / ".tenfold/.gitignore").read_text() == "*\n"
    assert stat.S_IMODE(undo_file.stat().st_mode) == 0o600
    after = snapshot(tmp_path)
    assert after["s.py"] == (b"DEBUG = False\r\nD = {'default': {'AGE': 60}}", 0o750)
    assert after["a/b.txt"][0] == b"hi\n"
    assert sorted(undo(tmp_path)) == ["a/b.txt", "s.py"]
    assert snapshot(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["s.py"]


def test_applying_again_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "D = {'default': {}}\n")
    changes: list[Change] = [AGE, DEBUG, AddImport("s.py", "import os"), AppendLines(".gitignore", (".env",))]
    apply(plan(tmp_path, changes))
    again = plan(tmp_path, changes)
    assert again.files == ()
    assert len(again.already) == len(changes)
    assert apply(again) is None


def test_two_applied_plans_are_undone_in_turn(tmp_path: Path) -> None:
    path = write(tmp_path, "A = 1\n")
    for value in ("2", "3"):
        apply(plan(tmp_path, [SetSetting("s.py", "A", value)]))
    assert undo(tmp_path) == ("s.py",)
    assert path.read_text() == "A = 2\n"
    undo(tmp_path)
    assert path.read_text() == "A = 1\n"
    with pytest.raises(EditError, match="nothing to undo"):
        undo(tmp_path)


def test_undo_refuses_a_file_that_changed_since_and_leaves_the_others(tmp_path: Path) -> None:
    write(tmp_path, "A = 1\n", name="a.py")
    write(tmp_path, "A = 1\n", name="b.py")
    apply(plan(tmp_path, [SetSetting("a.py", "A", "2"), SetSetting("b.py", "A", "2")]))
    write(tmp_path, "A = 9\n", name="b.py")
    with pytest.raises(EditError, match=r"b\.py changed since the fix was applied; nothing was undone"):
        undo(tmp_path)
    assert (tmp_path / "a.py").read_text() == "A = 2\n"


def test_a_spoilt_undo_file_is_said_as_such(tmp_path: Path) -> None:
    (tmp_path / ".tenfold/undo").mkdir(parents=True)
    (tmp_path / ".tenfold/undo/1.json").write_text('{"version": 1}')
    with pytest.raises(EditError, match="no undo file that can be read"):
        undo(tmp_path)


def test_a_file_that_changed_after_the_plan_stops_everything(tmp_path: Path) -> None:
    write(tmp_path, "A = 1\n", name="a.py")
    write(tmp_path, "A = 1\n", name="b.py")
    planned = plan(tmp_path, [SetSetting("a.py", "A", "2"), SetSetting("b.py", "A", "2")])
    write(tmp_path, "A = 9\n", name="b.py")
    before = snapshot(tmp_path)
    with pytest.raises(EditError, match=r"b\.py changed after the plan"):
        apply(planned)
    assert snapshot(tmp_path) == before


def test_a_failing_replacement_puts_the_others_back(tmp_path: Path) -> None:
    write(tmp_path, "A = 1\n", name="a.py")
    write(tmp_path, "A = 1\n", name="b.py")
    planned = plan(tmp_path, [SetSetting("a.py", "A", "2"), SetSetting("b.py", "A", "2")])
    before = snapshot(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        replace = type(tmp_path).replace

        def fail(self: Path, target: Path) -> Path:
            if target.name == "b.py":
                raise PermissionError(13, "Permission denied", str(target))
            return replace(self, target)

        patch.setattr(type(tmp_path), "replace", fail)
        with pytest.raises(EditError, match="nothing was written"):
            apply(planned)
    assert {name: text for name, text in snapshot(tmp_path).items() if ".tenfold" not in name} == before
    with pytest.raises(EditError, match="nothing to undo"):
        undo(tmp_path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("link.py", "symbolic link"),
        ("folder/s.py", "symbolic link"),
        ("frozen.py", "read-only"),
        ("pipe.py", "no regular file"),
        ("../outside.py", "not inside the project"),
        ("/etc/passwd", "not inside the project"),
        ("absent.py", "does not exist"),
        ("latin.py", "not utf-8"),
        ("broken.py", "does not parse"),
    ],
)
def test_a_file_that_cannot_be_changed_is_left_alone_with_a_reason(
    tmp_path: Path, path: str, reason: str
) -> None:
    real = write(tmp_path, "DEBUG = True\n")
    (tmp_path / "real").mkdir()
    write(tmp_path / "real", "DEBUG = True\n")
    (tmp_path / "link.py").symlink_to(real)
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    write(tmp_path, "DEBUG = True\n", name="frozen.py").chmod(0o444)
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "latin.py").write_bytes(b"DEBUG = True  # \xe9\n")
    write(tmp_path, "DEBUG = = True\n", name="broken.py")
    planned = plan(tmp_path, [SetSetting(path, "DEBUG", "False"), DEBUG])
    assert reason in planned.deferred[0].why
    assert [file.path for file in planned.files] == ["s.py"]


@pytest.mark.parametrize(
    ("name", "text", "old", "new"),
    [
        ("s.py", "A = (1)\n", ")", ""),
        ("p.toml", "a = 1\n", "1", "="),
        ("p.json", '{"a": 1}\n', "}", ""),
        ("c.yml", "a: [1]\n", "]", ""),
    ],
)
def test_a_result_that_no_longer_parses_is_refused(
    tmp_path: Path, name: str, text: str, old: str, new: str
) -> None:
    write(tmp_path, text, name=name)
    planned = plan(tmp_path, [ReplaceText(name, 1, old, new)])
    assert planned.files == ()
    assert "would no longer parse" in planned.deferred[0].why


def test_unknown_yaml_tags_are_no_syntax_error(tmp_path: Path) -> None:
    write(tmp_path, "a: !Ref b\nc: 1\n", name="c.yml")
    assert plan(tmp_path, [ReplaceText("c.yml", 2, "1", "2")]).deferred == ()


def test_changes_of_one_proposal_stand_or_fall_together(tmp_path: Path) -> None:
    write(tmp_path, "A = 1\n")
    fails = Proposal("x", (AddImport("s.py", "import os"), RemoveItem("s.py", "A", "x", line=9), AGE))
    planned = plan(tmp_path, [fails])
    assert planned.files == ()
    assert [left.proposal for left in planned.deferred] == [fails]


def test_the_later_of_two_that_differ_is_deferred_to_a_second_run(tmp_path: Path) -> None:
    write(tmp_path, "A = 1\n")
    planned = plan(tmp_path, [SetSetting("s.py", "A", "2"), SetSetting("s.py", "A", "3")])
    assert planned.files[0].after == b"A = 2\n"
    assert "overlaps" in planned.deferred[0].why


def test_equal_changes_merge_into_one(tmp_path: Path) -> None:
    write(tmp_path, "a\nb\n", name="Dockerfile")
    change = InsertLines("Dockerfile", 1, ("x",))
    edit = Edit("Dockerfile", 4, 4, "y\n")
    planned = plan(tmp_path, [change, edit, change, edit])
    assert planned.files[0].after == b"a\nx\nb\ny\n"
    assert planned.deferred == ()


def test_edits_count_bytes_of_the_file_as_read(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_bytes(b"\xef\xbb\xbfA = '\xc3\xa9'\nB = 1\n")
    data = (tmp_path / "s.py").read_bytes()
    at = data.index(b"1")
    planned = plan(tmp_path, [AddImport("s.py", "import os"), Edit("s.py", at, at + 1, "2")])
    assert planned.files[0].after == "\ufeffimport os\n\nA = 'é'\nB = 2\n".encode()
    inside = plan(tmp_path, [Edit("s.py", data.index(b"\xa9"), at, "")])
    assert "inside a character" in inside.deferred[0].why


def test_the_declared_encoding_is_kept(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_bytes("# coding: latin-1\nA = 'é'; D = {'default': {}}\n".encode("latin-1"))
    planned = plan(tmp_path, [AGE])
    assert planned.files[0].after.decode("latin-1").endswith("A = 'é'; D = {'default': {'AGE': 60}}\n")
    beyond = plan(tmp_path, [SetKey("s.py", ("D", "default", "AGE"), "'\u20ac'")])
    assert "cannot write" in beyond.deferred[0].why


PIECES = st.sampled_from(
    [
        "import os",
        "A = ['a', 'b']",
        "A += [\n    'x',  # é\n    'a'\n]",
        "D = {'default': {'ü': 1}}",
        "D = {\n    'default': {\n        'x': (1),  # c\n    }\n}",
        "D = dict(default=env.db())",
        "DEBUG = True",
        "# comment",
        "",
        "if X:\n    DEBUG = False",
    ]
)
CHANGES = st.sampled_from(
    [
        DEBUG,
        AGE,
        SetKey("s.py", ("D", "default", "OPTIONS", "t"), "5"),
        InsertItem("s.py", "A", "new", after="a"),
        InsertItem("s.py", "A", "first", first=True),
        RemoveItem("s.py", "A", "a"),
        AddImport("s.py", "import sys"),
        AppendLines("s.py", ("# end",)),
        ReplaceText("s.py", 1, "# comment", "# other"),
        InsertLines("s.py", 1, ("# below",)),
        CreateFile("made/here.txt", "x"),
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(PIECES, max_size=6),
    changes=st.lists(CHANGES, max_size=6),
    newline=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
)
def test_undoing_gives_the_same_bytes_and_planning_again_gives_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    pieces: list[str],
    changes: list[Change],
    newline: str,
    bom: bool,
) -> None:
    root = tmp_path_factory.mktemp("project")
    text = "\n".join(pieces).replace("\n", newline)
    (root / "s.py").write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.encode())
    before = snapshot(root)
    planned = plan(root, changes)
    addressed_by_name = [c for p in planned.taken for c in p.changes if not hasattr(c, "line") or not c.line]
    addressed_by_name = [c for c in addressed_by_name if not isinstance(c, ReplaceText | InsertLines)]
    if apply(planned) is not None:
        lone = snapshot(root)["s.py"][0].replace(b"\r\n", b"")
        assert newline == "\n" or newline not in text or b"\n" not in lone
        assert plan(root, addressed_by_name).files == ()
        undo(root)
    assert snapshot(root) == before
