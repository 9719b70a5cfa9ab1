from __future__ import annotations

import re
from pathlib import PurePosixPath

from tests.rules.repository import listed, text_of, tracked_files

# Put together from halves, so that this file does not break its own rule.
WORKPLACE = re.compile(
    "|".join(
        (
            r"\bclau" + r"de\b",
            r"\banthro" + r"pic\b",
            r"\bchat" + r"gpt\b",
            r"\bco-authored" + r"-by\b",
            r"\bsub-?" + r"agents?\b",
            r"\bissues sh" + r"ow\b",
            r"\bthe integra" + r"tor\b",
            r"\bas asked in the br" + r"ief\b",
        )
    ),
    re.IGNORECASE,
)
MACHINE_PATH = re.compile(r"(?<![\w.$}*~-])/(?:work|root|home/[a-z]\w*|tmp/(?:corpus|v))(?:/|\b)")
REGISTRY = re.compile(
    r"^\s*(?:-i\b|-f\b|--(?:extra-)?index-url|--find-links|--trusted-host)|https?://|\bfile:", re.MULTILINE
)
LEFT_OUT = {"LICENSE", "tests/rules/test_text.py"}


def own_texts() -> list[tuple[str, str]]:
    return [(path, text_of(path)) for path in tracked_files() if path not in LEFT_OUT]


def lines_with(pattern: re.Pattern[str], path: str, text: str) -> list[str]:
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1} {match.group()!r}"
        for match in pattern.finditer(text)
    ]


def test_no_text_names_the_machine_it_was_written_on() -> None:
    breaches = [line for path, text in own_texts() for line in lines_with(MACHINE_PATH, path, text)]
    assert not breaches, listed(breaches, "Paths of one machine mean nothing on another; make them relative:")


def test_the_project_speaks_of_itself_alone() -> None:
    breaches = [line for path, text in own_texts() for line in lines_with(WORKPLACE, path, text)]
    assert not breaches, listed(breaches, "Say it in terms of the project:")


def test_requirements_leave_the_registry_to_the_machine() -> None:
    breaches = [
        line
        for path, text in own_texts()
        if path.startswith("requirements/")
        for line in lines_with(REGISTRY, path, text)
    ]
    assert not breaches, listed(breaches, "Where packages come from is the machine's own setting; remove:")


def test_every_requirement_is_pinned_to_one_version() -> None:
    pin = re.compile(r"[A-Za-z0-9_.-]+(?:\[[a-z0-9,]+\])?==[\w.]+(?:; python_version [<>=]+ \"[\d.]+\")?")
    breaches = [
        f"{path}: {line}"
        for path, text in own_texts()
        if path.startswith("requirements/")
        for line in text.splitlines()
        if line and not line.startswith("#") and not pin.fullmatch(line)
    ]
    assert not breaches, listed(breaches, "Pin it as name==version:")


def test_a_kept_lock_file_would_hold_addresses() -> None:
    locks = {"uv.lock", "poetry.lock", "Pipfile.lock"}
    breaches = [path for path in tracked_files() if PurePosixPath(path).name in locks]
    assert not breaches, listed(breaches, "Pins stand in requirements/; remove:")


def test_text_files_are_utf_8_with_unix_line_ends() -> None:
    breaches = [path for path, text in own_texts() if "\r\n" in text]
    assert not breaches, listed(breaches, "Write line ends as \\n:")
