from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.audit.difference import mark_new
from tenfold.audit.engine import audit, exit_code
from tests.builders import make_entry, make_finding, make_practice, make_project

if TYPE_CHECKING:
    from pathlib import Path


def test_only_findings_that_the_base_lacks_are_new(tmp_path: Path) -> None:
    practice = make_practice()
    old = audit(
        make_project(tmp_path / "old", {"a.py": "x = 1\n"}),
        [make_entry(practice, make_finding(practice, "a.py", 1))],
    )
    moved = make_entry(practice, make_finding(practice, "a.py", 2), make_finding(practice, "a.py", 3))
    now = audit(make_project(tmp_path / "now", {"a.py": "# moved\nx = 1\ny = 2\n"}), [moved])
    marked = mark_new(now, old)
    assert [r.finding.where.line for r in marked.shown] == [3]
    assert marked.hidden == {"before diff base": 1}
    assert marked.score == now.score
    assert exit_code(mark_new(old, old)) == 0
