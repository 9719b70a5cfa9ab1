from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, connections
from django.test import override_settings

from django_tenfold.observability.queries import account
from django_tenfold.observability.record import Record, current
from django_tenfold.observability.sql_comments import comment, describe


def sent(sql: Any, params: Any = None, *, view: str = "shop:buy", **options: Any) -> Any:
    """The statement as the database gets it."""
    token = current.set(Record("request-1", 0.0, view=view))
    try:
        with override_settings(
            TENFOLD_OBSERVABILITY={"sql_comments": "request", "sql_comment_sample": 1, **options}
        ):
            return comment(lambda sql, *_: sql, sql, params, False, {})
    finally:
        current.reset(token)


def test_a_statement_names_its_view_and_request() -> None:
    assert sent("SELECT 1;") == "SELECT 1 /*request_id='request-1',view='shop%3Abuy'*/"


def test_the_view_alone_makes_one_text_for_each_view() -> None:
    assert sent("SELECT 1", sql_comments="view") == "SELECT 1 /*view='shop%3Abuy'*/"
    assert sent("SELECT 1", sql_comments="view", view="") == "SELECT 1"


def test_with_parameters_the_percent_is_the_drivers() -> None:
    assert sent("SELECT %s", [1]).endswith("view='shop%%3Abuy'*/")


@pytest.mark.parametrize(
    "sql", ["SELECT 1 /* mine */", "SELECT 1 -- mine", SimpleNamespace(as_string=lambda: "SELECT 1")]
)
def test_a_statement_with_a_comment_or_that_is_no_text_stays_as_it_is(sql: Any) -> None:
    assert sent(sql) is sql


@pytest.mark.parametrize(
    "name",
    ["*/ DROP TABLE people; --", "'", "\\'", "a\nb", "/*", "\x00", "%s", "é", "*/;SELECT pg_sleep(9)/*"],
)
def test_nothing_in_a_name_ends_the_comment(name: str) -> None:
    text = sent("SELECT 1", view=name).removeprefix("SELECT 1 ")
    assert text.startswith("/*")
    inner = text.removeprefix("/*").removesuffix("*/")
    assert not set(inner.replace("request_id='request-1',view='", "").removesuffix("'")) & set(
        "*/'\\\n;\x00 "
    )


def test_a_request_is_sampled_as_a_whole_and_in_the_share_asked_for() -> None:
    told = 0
    with override_settings(TENFOLD_OBSERVABILITY={"sql_comments": "request", "sql_comment_sample": 0.25}):
        for number in range(4_000):
            record = Record(f"request-{number}", 0.0, view="buy")
            texts = {describe(record) for _ in range(3)}
            assert len(texts) == 1
            told += "request_id" in texts.pop()
    assert 800 < told < 1_200


def test_a_real_database_takes_the_comment_and_the_parameters(sqlite_database: None) -> None:
    connection.close()
    del connections["default"]
    token = current.set(Record("request-1", 0.0, view="shop:100%'*/"))
    options = {"sql_comments": "request", "sql_comment_sample": 1}
    with override_settings(TENFOLD_OBSERVABILITY=options), connection.cursor() as cursor:
        own = [one for one in connection.execute_wrappers if one in (account, comment)]
        assert own == [account, comment]
        cursor.execute("SELECT %s, '100%%'", ["a"])
        assert cursor.fetchall() == [("a", "100%")]
        cursor.execute("SELECT '100%'")
        assert cursor.fetchall() == [("100%",)]
    current.reset(token)


def test_a_connection_that_was_made_before_stops_commenting_when_it_is_switched_off() -> None:
    assert sent("SELECT 1", sql_comments="off") == "SELECT 1"
