from __future__ import annotations

import pytest

from django_tenfold.observability.sql_text import (
    describe_parameters,
    mask_plan,
    normalise,
    shorten_digest,
)


@pytest.mark.parametrize(
    ("sql", "normalised"),
    [
        ("SELECT 1", "SELECT ?"),
        ("SELECT  a,\n  b FROM t ;", "SELECT a, b FROM t"),
        ("SELECT * FROM t1 WHERE a2 = 3.5e-7", "SELECT * FROM t1 WHERE a2 = ?"),
        ("SELECT 'it''s' FROM t", "SELECT ? FROM t"),
        ('SELECT "na1me" FROM "t 2"', 'SELECT "na1me" FROM "t 2"'),
        ("SELECT `a'b` FROM t WHERE c = 'x'", "SELECT `a'b` FROM t WHERE c = ?"),
        ("a IN (%s, %s, %s)", "a IN (...)"),
        ("a IN (1,2,'x')", "a IN (...)"),
        ("VALUES (%s, %s), (%s, %s), (%s, %s)", "VALUES (...), ..."),
        ("SELECT $tag$ secret '$tag$ FROM t", "SELECT ? FROM t"),
        ("SELECT 1 /* 'a */ FROM t -- 'b\nWHERE c = 'd'", "SELECT ? FROM t WHERE c = ?"),
        ("SELECT E'a\\nb', X'ff' FROM t", "SELECT ?, ? FROM t"),
        ("SELECT 'C:\\temp', 'b' FROM t", "SELECT ?, ? FROM t"),
        ("SELECT 'unfinished", "SELECT ?"),
        ("SELECT a::int, $1 FROM t LIMIT 21", "SELECT a::int, $1 FROM t LIMIT ?"),
    ],
)
def test_values_of_a_statement_become_question_marks(sql: str, normalised: str) -> None:
    assert normalise(sql) == normalised


def make_fingerprint(sql: str) -> str:
    return shorten_digest(normalise(sql))


@pytest.mark.parametrize(
    "sql",
    [
        r"SELECT 'a\' AND b = 'hunter2'",
        r"SELECT 'a\\' AND b = 'hunter2'",
        r"SELECT 'a\\\' AND b = 'hunter2' AND c = '\'",
        r"SELECT E'\'' || 'hunter2'",
        "SELECT 'hunter2\\",
        "SELECT 'hunter2''",
        "SELECT $$hunter2$$",
        "SELECT $body$hunter2",
        "SELECT 1 /* hunter2",
        "SELECT N'hunter2' -- hunter2",
    ],
)
def test_no_reading_of_a_backslash_shows_a_text(sql: str) -> None:
    assert "hunter2" not in normalise(sql)


def test_what_is_quoted_twice_is_a_text_with_mysql() -> None:
    sql = 'SELECT `a"b` FROM t WHERE c = "hunter2" AND d = \'"hunter2\''
    assert normalise(sql, "mysql") == 'SELECT `a"b` FROM t WHERE c = ? AND d = ?'


def test_statements_that_differ_in_values_only_are_the_same() -> None:
    same = {
        make_fingerprint(f"SELECT a FROM t WHERE b IN ({', '.join(['%s'] * n)}) LIMIT {n}")
        for n in (2, 3, 50)
    }
    assert len(same) == 1
    assert make_fingerprint("SELECT a FROM u") not in same


def test_an_endless_statement_is_cut() -> None:
    assert len(normalise("SELECT " + "a, " * 1_000_000)) == 4_096


def test_parameters_are_told_by_kind_and_size() -> None:
    assert describe_parameters((1, "secret", None, [1, 2])) == "int, str(6), NoneType, list(2)"
    assert describe_parameters(range(3)) == "range"
    assert describe_parameters(None) == ""
    assert describe_parameters([1] * 500).endswith(", int, ... (500)")


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (
            "Seq Scan on people  (cost=0.00..35.50 rows=10 width=4)",
            "Seq Scan on people  (cost=0.00..35.50 rows=10 width=4)",
        ),
        ("  Filter: ((email)::text = 'ann@x.org'::text)", "  Filter: ((email)::text = ?::text)"),
        ("  Index Cond: (id = 4711)", "  Index Cond: (id = ?)"),
        ("  Filter: (name = 'it''s' AND age > 40)", "  Filter: (name = ? AND age > ?)"),
    ],
)
def test_a_plan_keeps_its_costs_and_loses_its_values(line: str, masked: str) -> None:
    assert mask_plan(line) == masked
