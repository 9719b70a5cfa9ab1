from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from tenfold.edits.apply import plan
from tenfold.edits.hooks_file import HOOKS_PATH, hooks_configuration
from tenfold.edits.model import CreateFile, Proposal

if TYPE_CHECKING:
    from pathlib import Path


def test_the_hooks_file_asks_the_named_manage_for_missing_migrations() -> None:
    hooks = [
        hook for one in yaml.safe_load(hooks_configuration("src/manage.py"))["repos"] for hook in one["hooks"]
    ]
    assert {hook["id"] for hook in hooks} >= {"ruff-format", "detect-private-key", "missing-migrations"}
    assert hooks[-1]["entry"] == "python src/manage.py makemigrations --check --dry-run"


def test_two_practices_that_make_it_make_one_file(tmp_path: Path) -> None:
    change = CreateFile(HOOKS_PATH, hooks_configuration("manage.py"))
    made = plan(tmp_path, [Proposal("one", (change,)), Proposal("two", (change,))])
    assert [file.path for file in made.files] == [HOOKS_PATH]
    assert not made.deferred
