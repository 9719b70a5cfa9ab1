from __future__ import annotations

from tenfold.stack.services.postgres.roles import mark_cluster, settle_cluster


def settle(password: str, *, statistics_file: str = "/srv/x", slots: tuple[str, ...] = ()) -> str:
    return settle_cluster(password, statistics_file=statistics_file, slots=slots)


def test_each_statement_stands_on_a_line_of_its_own() -> None:
    lines = settle("secret").splitlines()
    assert all(line.split()[0] in ("do", "alter", "copy", "select") for line in lines), (
        "single-user mode ends a statement at the end of its line"
    )


def test_roles_can_be_settled_any_number_of_times() -> None:
    creating = [line for line in settle("x").splitlines() if "create " in line]
    assert creating
    assert all("if not exists" in line for line in creating)


def test_a_password_with_a_quote_stays_one_string() -> None:
    sql = settle("it's", statistics_file="/srv/o'dd/x")
    assert "password 'it''s'" in sql
    assert "to '/srv/o''dd/x'" in sql


def test_slots_of_replicas_that_are_no_more_are_dropped() -> None:
    assert "slot_name not in ('', 'replica_1')" in settle("x", slots=("replica_1",))
    assert "slot_name not in ('')" in settle("x")


def test_the_mark_changes_with_whatever_must_be_settled_again() -> None:
    marks = {
        mark_cluster("one", version=18, slots=()),
        mark_cluster("two", version=18, slots=()),
        mark_cluster("one", version=17, slots=()),
        mark_cluster("one", version=18, slots=("replica_1",)),
    }
    assert len(marks) == 4
    assert mark_cluster("one", version=18, slots=()) in marks


def test_the_mark_shows_no_password() -> None:
    assert "hunter2" not in mark_cluster("hunter2", version=18, slots=())
