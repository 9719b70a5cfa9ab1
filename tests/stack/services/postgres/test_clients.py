from __future__ import annotations

from tenfold.stack.services.postgres.clients import ask, open_shell, reach_server, render_lag
from tests.stack.example_site import make_site

SITE = make_site()


def test_lag_is_whole_milliseconds_for_the_server() -> None:
    assert render_lag(0) == "recovery_min_apply_delay = '0ms'\n"
    assert render_lag(0.0004) == "recovery_min_apply_delay = '0ms'\n"
    assert render_lag(90) == "recovery_min_apply_delay = '90000ms'\n"


def test_a_question_is_not_changed_by_the_environment_of_the_person() -> None:
    command = ask(reach_server(SITE), "select 1")
    assert "-X" in command.words, "a psqlrc would change what is printed"
    assert command.environment["PGSSLMODE"] == "disable"
    assert command.environment["PGOPTIONS"] == ""
    assert command.words[command.words.index("-p") + 1] == "20432"


def test_the_shell_of_a_server_takes_the_person_s_own_habits() -> None:
    command = open_shell(reach_server(SITE, "replica-1"))
    assert "-X" not in command.words
    assert "20433" in command.words
