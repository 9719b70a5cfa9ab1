"""Which tags a statement closes."""

from __future__ import annotations

from typing import Any

import pytest

from django_tenfold.cache.writes import find_tags

LIST, ROW, ROWS = "goods.shelf", "goods.shelf:5", "goods.shelf:*"


@pytest.mark.parametrize(
    ("sql", "params", "tags"),
    [
        ('INSERT INTO "goods_shelf" ("name") VALUES (%s)', ("a",), [LIST]),
        (
            'INSERT INTO "goods_shelf" ("id") VALUES (%s) ON CONFLICT("id") DO UPDATE SET x',
            (5,),
            [LIST, ROWS],
        ),
        ('UPDATE "goods_shelf" SET "name" = %s WHERE "goods_shelf"."id" = %s', ("a", 5), [LIST, ROW]),
        ("UPDATE `goods_shelf` SET `name` = %s WHERE `goods_shelf`.`id` = %s", ("a", 5), [LIST, ROW]),
        ('UPDATE "goods_shelf" SET "name" = %s', ("a",), [LIST, ROWS]),
        ('UPDATE "goods_shelf" SET "name" = %s WHERE "goods_shelf"."name" = %s', ("a", 5), [LIST, ROWS]),
        ('UPDATE "goods_shelf" SET "name" = %s WHERE "goods_shelf"."id" = %s', None, [LIST, ROWS]),
        ('DELETE FROM "goods_shelf" WHERE "goods_shelf"."id" IN (%s)', (5,), [LIST, ROW]),
        (
            'DELETE FROM "goods_shelf" WHERE "goods_shelf"."id" IN (%s, %s)',
            (5, 6),
            [LIST, ROW, "goods.shelf:6"],
        ),
        (
            'DELETE FROM "goods_shelf" WHERE "goods_shelf"."id" IN (SELECT 1 FROM "a" WHERE "b" = %s)',
            (5,),
            [LIST, ROWS],
        ),
        ('UPDATE "people_person" SET "email" = %s WHERE "people_person"."id" = %s', ("goods_shelf", 5), []),
        ("update goods_shelf set name = 'a' where id = 5", (), [LIST, ROWS]),
        ("with a as (DELETE from public.goods_shelf returning *) select 1", (), [LIST, ROWS]),
        ("TRUNCATE people_person, goods_shelf", (), [LIST, ROWS]),
        ("with a as (select 1 from goods_shelf) select 1 from a", (), []),
        ("create index on goods_shelf (name)", (), []),
    ],
)
def test_a_statement_names_its_row_or_all_of_its_table(sql: str, params: Any, tags: list[str]) -> None:
    assert find_tags(sql, params) == tags


def test_very_many_rows_are_taken_back_as_a_whole() -> None:
    keys = tuple(range(500))
    sql = f'DELETE FROM "goods_shelf" WHERE "goods_shelf"."id" IN ({", ".join(["%s"] * 500)})'
    assert find_tags(sql, keys) == [LIST, ROWS]
