"""The fixture of the edits tests."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.edits.text import change_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.edits.model import Change


@pytest.fixture
def becomes() -> Callable[..., None]:
    """Asserts the text after the changes, and that a second run leaves it alone."""

    def check(before: str, *changes: Change, after: str) -> None:
        once = change_text(dedent(before), *changes)
        assert once == dedent(after)
        assert change_text(once, *changes) == once

    return check
