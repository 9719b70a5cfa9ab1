from __future__ import annotations

import pytest

from tenfold.edits.env_file import HEADER, EnvEntry, merge_env_file, write_entry

KEY = EnvEntry("KEY", True, True, None, "Signs sessions", "", from_file=True)
LEVEL = EnvEntry("LEVEL", False, False, "INFO", "What is logged.", "DEBUG", ("DEBUG", "INFO"))
NEW = "\n".join(
    [
        *HEADER,
        "",
        "## Signs sessions. Required. Secret: KEY_FILE may name a file that holds it.",
        "KEY=",
        "",
        "## What is logged. Optional. One of DEBUG, INFO.",
        "## Example: LEVEL=DEBUG",
        "#LEVEL=INFO",
        "",
    ]
)


def test_a_new_file_lists_what_is_required_first() -> None:
    merged = merge_env_file([LEVEL, KEY], None)
    assert merged.text == NEW
    assert merged.added == ("LEVEL", "KEY")


def test_a_file_in_step_is_left_as_it_is() -> None:
    merged = merge_env_file([LEVEL, KEY], NEW)
    assert merged.text == NEW
    assert (merged.added, merged.changed, merged.unread) == ((), (), ())


def test_comments_values_and_lines_of_a_person_are_kept() -> None:
    theirs = NEW.replace("KEY=\n", "KEY=for-development\n# mine\nPOSTGRES_PASSWORD=db\n\n#UNUSED=1\n")
    merged = merge_env_file([LEVEL, KEY], theirs)
    assert merged.text == theirs
    assert (merged.added, merged.changed, merged.unread) == ((), (), ("POSTGRES_PASSWORD",))


def test_what_the_code_says_anew_replaces_only_what_was_ours() -> None:
    theirs = NEW.replace("KEY=\n", "KEY=kept\n")
    changed = EnvEntry("KEY", True, True, None, "Another help.", "")
    level = EnvEntry("LEVEL", False, False, "WARNING", "What is logged.", "")
    merged = merge_env_file([level, changed], theirs)
    assert merged.changed == ("KEY", "LEVEL")
    assert "## Another help. Required. Secret.\nKEY=kept\n" in merged.text
    assert merged.text.endswith("## What is logged. Optional.\n#LEVEL=WARNING\n")


def test_a_file_that_a_person_wrote_gets_only_what_it_lacks() -> None:
    theirs = "# our variables\nexport KEY=x\n#LEVEL=ERROR\n# OTHER=1 is for later\n"
    merged = merge_env_file([LEVEL, KEY, EnvEntry("PORT", False, False, "80", "", "")], theirs)
    assert merged.text == theirs + "\n## Optional.\n#PORT=80\n"
    assert (merged.added, merged.changed) == (("PORT",), ())


@pytest.mark.parametrize(
    ("default", "line"),
    [
        ("a b", "#A='a b'"),
        ("it's", "#A='its'"),
        ("a#b", "#A='a#b'"),
        ("$x", "#A='$x'"),
        ("a,b", "#A=a,b"),
        ("", "#A="),
    ],
)
def test_defaults_are_written_so_that_every_reader_takes_them_alike(default: str, line: str) -> None:
    (*_, last) = write_entry(EnvEntry("A", False, False, default, "", ""))
    assert last == line


def test_a_secret_is_never_written_down() -> None:
    assert "hunter2" not in "\n".join(write_entry(EnvEntry("A", False, True, "hunter2", "", "")))
