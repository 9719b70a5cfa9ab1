"""Commands of blocks in a project whose settings name nothing for them: silence would read as "all is right"."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import override_settings

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]


@pytest.mark.parametrize(
    ("command", "act", "told"),
    [
        ("counters", "verify", "TENFOLD_DB['counters'] names no counter: nothing to verify."),
        ("derived_fields", "verify", "TENFOLD_DB['derived_fields'] names no field: nothing to verify."),
        ("search_index", "status", "TENFOLD_SEARCH['indexes'] names no index: nothing to do for status."),
    ],
)
def test_a_command_that_has_nothing_to_look_at_says_which_option_is_empty(
    command: str, act: str, told: str
) -> None:
    out, errors = StringIO(), StringIO()
    with override_settings(TENFOLD_DB={}, TENFOLD_SEARCH={}):
        call_command(command, act, stdout=out, stderr=errors)
    assert told in errors.getvalue()
    assert out.getvalue() == ""
