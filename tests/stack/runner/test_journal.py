from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.stack.runner.journal import Journal
from tenfold.stack.runner.view_protocol import Line, NoView

if TYPE_CHECKING:
    from pathlib import Path


class Shown(NoView):
    def __init__(self) -> None:
        self.lines: list[Line] = []

    def say(self, line: Line) -> None:
        self.lines.append(line)


def test_what_the_supervisor_says_is_kept_with_its_time(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    shown = Shown()
    journal = Journal(tmp_path, shown)
    lines = [
        Line("", "ready in 2.0 s", "good"),
        Line("app-1", "its own line", "log"),
        Line("app-1", "stopped"),
    ]
    for line in lines:
        journal.say(line)
    kept = (tmp_path / "logs/tenfold.log").read_text().splitlines()
    assert [one.partition(" ")[2] for one in kept] == ["good tenfold: ready in 2.0 s", "info app-1: stopped"]
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d ", kept[0])
    assert shown.lines == lines


def test_a_journal_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    shown = Shown()
    Journal(tmp_path, shown).say(Line("", "stopped"))
    assert shown.lines == [Line("", "stopped")]
