from __future__ import annotations

from tenfold.stack.services.postgres.roles import mark_roles, settle_roles


def test_each_statement_stands_on_a_line_of_its_own() -> None:
    lines = settle_roles("secret", statistics_file="/srv/x").splitlines()
    assert all(line.split()[0] in ("do", "alter", "copy") for line in lines), (
        "single-user mode ends a statement at the end of its line"
    )


def test_roles_can_be_settled_any_number_of_times() -> None:
    creating = [line for line in settle_roles("x", statistics_file="/x").splitlines() if "create " in line]
    assert creating
    assert all("if not exists" in line for line in creating)


def test_a_password_with_a_quote_stays_one_string() -> None:
    sql = settle_roles("it's", statistics_file="/srv/o'dd/x")
    assert "password 'it''s'" in sql
    assert "to '/srv/o''dd/x'" in sql


def test_the_mark_tells_passwords_apart_and_shows_none() -> None:
    assert mark_roles("one") != mark_roles("two")
    assert mark_roles("one") == mark_roles("one")
    assert "one" not in mark_roles("one").removeprefix("roles")
