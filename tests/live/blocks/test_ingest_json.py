"""Lines of JSON and values of Python into PostgreSQL."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from django_tenfold.db.ingest import ingest
from tests.django_site.library.models import Author, Book, Coin

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]


@pytest.fixture
def author() -> Author:
    return Author.objects.create(email="ada@x.org")


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_json_lines_and_python_values_become_those_of_the_columns(author: Author) -> None:
    rows = [
        {
            "isbn": "1",
            "title": 'q"\n,',
            "author": author,
            "tags": ["a", {"b": None}],
            "price": 1.5,
            "lent": True,
        },
        {"isbn": "2", "title": "", "author": None, "tags": "text", "price": None, "lent": False},
        {"isbn": "3", "title": "t", "tags": {"nul": "\0"}},
        {"isbn": "4", "title": {"no": "text"}},
        {"isbn": "5", "title": None},
        {"isbn": "6"},
    ]
    result = ingest(Book, rows)
    found = Book.objects.order_by("isbn").values_list("title", "author", "tags", "price", "lent")
    assert [*found] == [
        ('q"\n,', author.pk, ["a", {"b": None}], 1.5, True),
        ("", None, "text", None, False),
    ]
    assert [one.line for one in result.rejects] == [3, 4, 5, 6]
    rows = [
        {"isbn": "a", "title": "t", "tags": [1], "changed": "2026-01-01T00:00Z"},
        {"isbn": "b", "title": "t"},
    ]
    ingest(Book, rows)
    first, second = Book.objects.filter(isbn__in="ab").order_by("isbn")
    assert (first.tags, second.tags, first.token != second.token) == ([1], {}, True)
    assert second.changed > first.changed


def test_lines_of_json_are_the_same_whether_they_are_rewritten_or_read(
    tmp_path: Path, author: Author
) -> None:
    """Written plainly they become cells by one expression; with an escape each is read by itself."""
    values: dict[str, list[Any]] = {
        "title": [
            "a",
            "",
            'say "so", he',
            "back\\slash",
            "é\u2028",
            "tab\t",
            5,
            -0,
            True,
            None,
            "\x02",
            "\u0000",
        ],
        "pages": [0, -7, "8", "", True, 2.5, 10**30, [1]],
        "price": [1.25, "2.5", 1e2, None, 1e400],
        "tags": [5, "text", None, {"a": [1.5]}, True, "", [], 0.25],
        "lent": [True, False, "t", None, 1],
        "printed": ["2026-01-02", "01/02/2026", None, 5],
        "author": [author.pk, str(author.pk), None, author.pk + 9, True],
    }
    plain = {
        "title": "t",
        "pages": 1,
        "price": 2,
        "tags": 1,
        "lent": False,
        "printed": None,
        "author": author.pk,
    }
    rows = [plain, *({**plain, key: value} for key, each in values.items() for value in each)]
    rows += [dict(reversed(plain.items())), {"title": "few"}]
    for escaped in (False, True):
        lines = [json.dumps({"isbn": f"n{n:02}", **row}, ensure_ascii=False) for n, row in enumerate(rows)]
        if escaped:
            lines = [line.replace('"n', '"\\u006e', 1) for line in lines]
        path = write(tmp_path / "books.jsonl", "\n".join([*lines[:9], "", "{no json", *lines[9:]]))
        result = ingest(Book, path, key=str(escaped))
        named = ("isbn", "title", "pages", "price", "tags", "lent", "printed", "author")
        found = ([*Book.objects.order_by("isbn").values_list(*named)], [*map(str, result.rejects)])
        Book.objects.all().delete()
        if not escaped:
            first = found
    assert found[0] == first[0]
    assert [one.split(":")[0] for one in found[1]] == [one.split(":")[0] for one in first[1]]
    assert len(first[0]) > 25
    assert len(first[1]) > 12


def test_a_number_of_json_keeps_all_its_digits(tmp_path: Path) -> None:
    digits = "12345678901234567890.123456789012345678"
    for line in (f'{{"amount": {digits}}}', f'{{"amount":  {digits}}}'):
        ingest(Coin, write(tmp_path / "coins.jsonl", line), key=line)
    assert [*Coin.objects.values_list("amount", flat=True)] == [Decimal(digits)] * 2
