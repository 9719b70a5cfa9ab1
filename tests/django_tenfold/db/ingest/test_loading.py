"""Loads into SQLite: sources, columns, rejects, checkpoints. The fast paths are in tests/live/blocks."""

from __future__ import annotations

import gzip
import io
import json
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from django_tenfold.db.ingest import (
    IngestError,
    SourceChanged,
    TooManyRejects,
    aingest,
    ingest,
    plan_ingest,
)
from django_tenfold.db.models import IngestCheckpoint
from tests.django_site.goods.models import GuardedChild
from tests.django_site.library.models import Author, Book, Sign

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("sqlite_database")


@pytest.fixture
def author() -> Author:
    return Author.objects.create(email="ada@x.org")


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def books() -> list[tuple[str, str]]:
    return [*Book.objects.order_by("isbn").values_list("isbn", "title")]


def test_a_file_is_loaded_with_the_defaults_of_the_model(tmp_path: Path, author: Author) -> None:
    path = write(
        tmp_path / "books.csv",
        f'\ufeffISBN,title,author_id,price,subtitle,tags,sold\r\n1,"A, ""b""",{author.pk},1.50,,"{{""a"": 1}}",'
        '2026-01-02T03:04:05Z\r\n2,"two\nlines",,,"",,\r\n3,x,,,,[],',
    )
    seen: list[int] = []
    result = ingest(Book, path, progress=lambda one: seen.append(one.read))
    assert (result.read, result.loaded, result.rejected, seen) == (3, 2, 1, [3])
    assert str(result.rejects[0]) == "line 3: tags is empty, and the column may not be NULL"
    first, third = Book.objects.order_by("isbn")
    assert (first.title, first.author_id, first.price, first.tags) == (
        'A, "b"',
        author.pk,
        Decimal("1.50"),
        {"a": 1},
    )
    assert (first.subtitle, first.shelfmark, first.language, first.pages) == (None, "", "en", 1)
    assert first.sold is not None
    assert first.added is not None
    assert first.token != third.token


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_encodings_and_gzip_are_read_alike(tmp_path: Path, encoding: str, packed: bool) -> None:
    data = "isbn;title\n1;Müller\n2;é\n".encode(encoding)
    path = write(tmp_path / "books.csv.gz", gzip.compress(data, mtime=0) if packed else data)
    ingest(Book, path, encoding=encoding, delimiter=";")
    assert books() == [("1", "Müller"), ("2", "é")]


@pytest.mark.parametrize(
    "source",
    [
        io.BytesIO(b"isbn,title\n1,a\n2,b\n"),
        io.BytesIO(gzip.compress(b"isbn,title\n1,a\n2,b\n", mtime=0)),
        io.StringIO("isbn,title\n1,a\n2,b"),
        [{"isbn": "1", "title": "a"}, {"isbn": "2", "title": "b"}],
        iter([{"isbn": "1", "title": "a"}, {"title": "b", "isbn": "2"}]),
    ],
)
def test_streams_and_iterables_are_loaded_as_files_are(source: Any) -> None:
    assert ingest(Book, source).loaded == 2
    assert books() == [("1", "a"), ("2", "b")]


def test_json_lines_are_loaded_and_what_is_none_is_told(tmp_path: Path) -> None:
    lines = [
        '{"isbn": "1", "title": "a", "tags": {"b": [1]}, "pages": 3}',
        '{"isbn": "2", "title": "b", "tags": "text"}',
        "",
        "{broken",
        "[1]",
        '{"isbn": "3", "titel": "c"}',
        '{"isbn": "4", "title": null}',
        '{"isbn": "5", "title": "d", "pages": "many"}',
        '{"isbn": "6", "title": "e\\u0000"}',
    ]
    result = ingest(Book, write(tmp_path / "books.jsonl", "\n".join(lines)))
    assert [one.tags for one in Book.objects.order_by("isbn")] == [{"b": [1]}, "text"]
    assert (result.read, result.loaded) == (8, 2)
    told = [(one.line, one.column) for one in result.rejects]
    assert told == [(4, ""), (5, ""), (6, "titel"), (7, "title"), (8, "pages"), (9, "title")]
    assert "is 'title' meant?" in result.rejects[2].reason
    assert result.rejects[0].row == "{broken"


def test_a_number_is_never_cut_to_fit_its_column(tmp_path: Path) -> None:
    lines = [
        '{"isbn": "1", "title": "a", "pages": 3.7, "price": 1}',
        '{"isbn": "2", "title": "a", "pages": true, "price": 1}',
        '{"isbn": "3", "title": "a", "pages": 3, "price": 2.35}',
    ]
    result = ingest(Book, write(tmp_path / "books.jsonl", "\n".join(lines)))
    assert [(one.line, one.column) for one in result.rejects] == [(1, "pages"), (2, "pages")]
    assert Book.objects.get().price == Decimal("2.35")
    result = ingest(Book, [("4", "a", 2.5), ("5", "a", Decimal("2.5"))], columns=["isbn", "title", "pages"])
    assert (result.loaded, result.rejected) == (0, 2)


def test_half_a_character_costs_its_row_alone(tmp_path: Path) -> None:
    lines = '{"isbn": "1", "title": "\\ud800"}\n{"isbn": "2", "title": "b"}\n'
    result = ingest(Book, write(tmp_path / "books.jsonl", lines))
    assert (books(), [one.line for one in result.rejects]) == ([("2", "b")], [1])


def test_a_row_may_name_its_parent_by_a_unique_field(author: Author) -> None:
    rows = [("1", "a", author.email), ("2", "b", "eve@x.org"), ("3", "c", None)]
    result = ingest(Book, rows, columns=["isbn", "title", "author__email"])
    assert [*Book.objects.order_by("isbn").values_list("author", flat=True)] == [author.pk, None]
    assert str(result.rejects[0]) == "line 2: author__email names the author eve@x.org, and there is none"


def test_every_kind_of_broken_row_is_rejected_and_the_rest_is_loaded() -> None:
    rows: list[tuple[Any, ...]] = [
        ("1", "a", 1, None, "en"),
        ("1", "b", 1, None, "en"),
        ("2", "x" * 41, 1, None, "en"),
        ("3", "c", -1, None, "en"),
        ("4", "d", "ten", None, "en"),
        ("5", "e", 1, "2000", "en"),
        ("6", "f", 1, "1.234", "en"),
        ("7", "g", None, None, "en"),
        ("8", "h", 1, None, "xx"),
        ("9",),
        "no row",  # type: ignore[list-item]
    ]
    result = ingest(Book, rows, columns=["isbn", "title", "pages", "price", "language"], choices=True)
    assert books() == [("1", "a")]
    assert [one.line for one in result.rejects] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert result.read == 11


def test_rows_that_are_there_are_rejected_passed_over_or_changed() -> None:
    Book.objects.create(isbn="1", title="old", pages=7)
    rows = [("1", "new", 8), ("2", "fresh", 9), ("2", "last", 9)]
    columns = ["isbn", "title", "pages"]
    assert ingest(Book, rows[:1], columns=columns).rejected == 1
    result = ingest(Book, rows, columns=columns, on_conflict="ignore", unique_fields=["isbn"])
    assert (result.loaded, result.ignored, books()) == (1, 2, [("1", "old"), ("2", "fresh")])
    changed = Book.objects.get(isbn="1").changed
    result = ingest(
        Book, rows, columns=columns, on_conflict="update", unique_fields=["isbn"], update_fields=["title"]
    )
    assert (result.loaded, result.updated, books()) == (0, 3, [("1", "new"), ("2", "last")])
    first = Book.objects.get(isbn="1")
    assert first.pages == 7
    assert first.changed > changed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("isbn,titel\n", "Did you mean 'title'?"),
        ("isbn,wholly_unknown\n", "Known: id, isbn"),
        ("isbn\n1\n", "lacks title"),
        ("isbn,title,isbn\n", "are the same field"),
        ("isbn;title\n", "is delimiter=';' meant?"),
        ("isbn,title,author__name\n", r"unique field of their own \(id, email\)"),
        ("isbn,title,pages__x\n", "pages is no relation"),
        ("isbn,title\r1,a\r", "carriage return alone"),
        (b"isbn,title\xe9\n", "The header is not UTF-8"),
        ("isbn,title\n1,a\n".encode("utf-16"), "encoding='utf-16'"),
        (gzip.compress(b"isbn,title\n1,a\n", mtime=0)[:-9], "cut or damaged"),
    ],
)
def test_a_source_that_cannot_be_loaded_is_refused_before_anything_is(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    with pytest.raises(IngestError, match=told):
        ingest(Book, write(tmp_path / "books.csv", text))
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"on_conflict": "replace"}, "on_conflict is one of"),
        ({"on_conflict": "update"}, "needs unique_fields"),
        ({"on_conflict": "update", "unique_fields": ["title"]}, "There are: id; isbn"),
        ({"on_conflict": "update", "unique_fields": ["nothing"]}, "no field nothing"),
        ({"unique_fields": ["isbn"]}, "are for on_conflict='ignore'"),
        ({"update_fields": ["isbn"]}, "update_fields are for"),
        ({"encoding": "latin-99"}, "no encoding"),
        ({"kind": "xml"}, "A kind is one of"),
        ({"columns": {"titles": "title"}}, "renames 'titles'"),
        ({"key": "k" * 201}, "up to 200"),
        ({"share": 0}, "above 0"),
        ({"batch_rows": 0}, "a number of rows"),
    ],
)
def test_what_does_not_go_together_is_refused(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(IngestError, match=told):
        ingest(Book, io.BytesIO(b"isbn,title\n1,a\n"), **asked)


def test_a_model_in_two_tables_and_a_load_in_a_transaction_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="two tables"):
        ingest(GuardedChild, [{"name": "a"}])
    with transaction.atomic(), pytest.raises(transaction.TransactionManagementError):
        ingest(Book, [{"isbn": "1", "title": "a"}])
    with pytest.raises(IngestError, match="cannot be read: No such file"):
        ingest(Book, tmp_path / "missing.csv")
    with pytest.raises(IngestError, match="pass columns="):
        ingest(Book, [("1", "a")])
    with pytest.raises(IngestError, match="no path"):
        ingest(Book, 5)


def test_columns_are_renamed_left_out_or_named_for_want_of_a_header(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", "number,title,notes\n1,a,b\n")
    ingest(Book, path, columns={"number": "isbn", "notes": None})
    ingest(Book, write(tmp_path / "bare.tsv", "2\tb\n"), columns=["isbn", "title"])
    assert books() == [("1", "a"), ("2", "b")]


def test_a_header_alone_loads_nothing(tmp_path: Path) -> None:
    result = ingest(Book, write(tmp_path / "books.csv", "isbn,title"))
    assert (result.read, result.line) == (0, 2)


def test_too_long_a_line_and_a_quote_left_open_cost_one_row_each(tmp_path: Path) -> None:
    long = "x" * 700_000
    rows = [f"{number},b{number}" for number in range(2_000)]
    rows[5] = f"5,{long}"
    rows[900] = '900,"open'
    path = write(tmp_path / "books.csv", "isbn,title\n" + "\n".join(rows))
    with override_settings(TENFOLD_DB={"ingest_row_bytes": 2_048, "ingest_rows": 300}):
        result = ingest(Book, path)
    assert (result.read, result.loaded) == (2_000, 1_998)
    assert [one.line for one in result.rejects] == [7, 902]
    assert f"{len(long) + 3:,} bytes" in result.rejects[0].reason
    lines = "\n".join(json.dumps({"isbn": f"j{n}", "title": long if n == 3 else "t"}) for n in range(9))
    with override_settings(TENFOLD_DB={"ingest_row_bytes": 2_048}):
        result = ingest(Book, write(tmp_path / "books.jsonl", lines))
    assert (result.loaded, [one.line for one in result.rejects]) == (8, [4])


def test_the_load_stops_when_too_much_is_rejected_and_goes_on_when_more_is_allowed(tmp_path: Path) -> None:
    rows = [f"{number},{'t' * (41 if number % 10 == 9 else 5)}" for number in range(100)]
    path = write(tmp_path / "books.csv", "isbn,title\n" + "\n".join(rows) + "\n")
    rejects = tmp_path / "rejects.jsonl"
    with pytest.raises(
        TooManyRejects,
        match=r"more than the 3 .* line 22 is loaded: allow more \(max_rejects, --max-rejects any\)",
    ) as stopped:
        ingest(Book, path, max_rejects=3, batch_rows=20, rejects=rejects)
    assert [one.line for one in stopped.value.rejects] == [11, 21, 31, 41]
    assert Book.objects.count() == 18
    result = ingest(Book, path, max_rejects=None, batch_rows=20, rejects=rejects)
    assert (result.resumed, result.read, result.loaded, result.rejected) == (20, 100, 90, 10)
    told = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [one["line"] for one in told] == [*range(11, 102, 10)]
    assert told[0] == {
        "line": 11,
        "column": "title",
        "reason": "Ensure this value has at most 40 characters (it has 41).",
        "row": "9," + "t" * 41,
    }


class Cut(Exception):
    pass


def cut_after(batches: int) -> Any:
    def stop(result: Any) -> None:
        nonlocal batches
        batches -= 1
        if not batches:
            raise Cut

    return stop


@pytest.mark.parametrize("name", ["books.csv", "books.csv.gz", "books.jsonl"])
def test_a_load_that_was_cut_goes_on_and_one_that_is_done_does_nothing(tmp_path: Path, name: str) -> None:
    if name.endswith("l"):
        text = "".join(json.dumps({"isbn": str(n), "title": f"é\n{n}"}) + "\n" for n in range(100))
    else:
        text = "isbn,title\n" + "".join(f'{n},"é\n{n}"\n' for n in range(100))
    data = text.encode()
    path = write(tmp_path / name, gzip.compress(data, mtime=0) if name.endswith("gz") else data)
    with pytest.raises(Cut):
        ingest(Book, path, batch_rows=10, progress=cut_after(3))
    assert 0 < Book.objects.count() < 100
    result = ingest(Book, path, batch_rows=10)
    assert (result.loaded, result.read, Book.objects.count()) == (100, 100, 100)
    assert 0 < result.resumed < 100
    again = ingest(Book, path)
    assert (again.finished_before, again.loaded, Book.objects.count()) == (True, 100, 100)
    assert ingest(Book, path, restart=True, on_conflict="ignore").ignored == 100


def test_another_content_under_the_name_of_a_cut_load_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", "isbn,title\n" + "".join(f"{n},a\n" for n in range(50)))
    with pytest.raises(Cut):
        ingest(Book, path, batch_rows=10, progress=cut_after(1))
    write(path, "isbn,title\n" + "".join(f"x{n},a\n" for n in range(50)))
    with pytest.raises(SourceChanged, match="loaded up to line"):
        ingest(Book, path)
    assert ingest(Book, path, key="another").loaded == 50
    assert ingest(Book, path, restart=True, on_conflict="ignore").ignored == 50
    write(path, "isbn,title\ny,a\n")
    assert ingest(Book, path).loaded == 1  # what was loaded whole makes room for the next file of that name


def test_an_iterable_goes_on_by_the_key_of_its_caller() -> None:
    def rows(number: int = 40) -> Any:
        return ({"isbn": str(one), "title": "a"} for one in range(number))

    with pytest.raises(Cut):
        ingest(Book, rows(), key="books of today", batch_rows=10, progress=cut_after(2))
    assert ingest(Book, rows(), key="books of today").resumed == 20
    assert Book.objects.count() == 40
    with pytest.raises(Cut):
        ingest(Book, rows(), key="other", batch_rows=10, on_conflict="ignore", progress=cut_after(2))
    with pytest.raises(SourceChanged, match="ends before"):
        ingest(Book, rows(5), key="other", on_conflict="ignore")


def test_a_second_process_with_the_same_source_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", "isbn,title\n" + "".join(f"{n},a\n" for n in range(40)))

    def steal(result: Any) -> None:
        IngestCheckpoint.objects.update(position=5)

    with pytest.raises(IngestError, match="Another process"):
        ingest(Book, path, batch_rows=10, progress=steal)


def test_without_the_table_of_checkpoints_it_is_said_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", "isbn,title\n1,a\n")
    with connection.schema_editor() as editor:
        editor.delete_model(IngestCheckpoint)
    try:
        with pytest.raises(IngestError, match="migrate tenfold_db"):
            ingest(Book, path)
        assert ingest(Book, path, checkpoint=False).loaded == 1
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(IngestCheckpoint)


def test_a_plan_tells_and_does_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", "isbn,title,author__email,junk\n1,a,,\n")
    plan = plan_ingest(Book, path, columns={"junk": None})
    assert plan.way == "by bulk_create (the database is SQLite)"
    assert plan.columns == {"isbn": "isbn", "title": "title", "author__email": "author__email", "junk": ""}
    assert plan.filled["token"] == "a value each"
    assert "junk -> (left out)" in str(plan)
    assert not Book.objects.exists()
    assert not IngestCheckpoint.objects.exists()


def test_a_field_that_makes_its_values_makes_them() -> None:
    ingest(Sign, [{"text": "stop"}])
    assert Sign.objects.get().text == "STOP"


def test_coroutines_load_as_well() -> None:
    assert async_to_sync(aingest)(Book, [{"isbn": "1", "title": "a"}]).loaded == 1


def command(*words: str) -> str:
    out = StringIO()
    call_command("ingest", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_loads_plans_and_reports(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", f"number,title,junk\n1,a,\n2,{'t' * 50},\n")
    words = ["library.Book", str(path), "--columns", "number=isbn,junk="]
    assert "junk -> (left out)" in command(*words, "--plan")
    assert json.loads(command(*words, "--plan", "--json"))["columns"]["number"] == "isbn"
    told = command(*words)
    assert "1 loaded" in told
    assert "line 3: title" in told
    assert "--restart loads it again" in command(*words)
    with pytest.raises(CommandError, match="max_rejects"):
        command(*words, "--restart", "--max-rejects", "1")
    with pytest.raises(CommandError, match="a number of rows, or \"any\", not 'all'"):
        command(*words, "--restart", "--max-rejects", "all")
    args = ("--on-conflict", "update", "--unique", "isbn", "--max-rejects", "any", "--restart", "--json")
    found = json.loads(command(*words, *args))
    assert (found["updated"], found["rejected"], found["rejects"][0]["line"]) == (1, 1, 3)
    for wrong in (["library.Books", str(path)], ["library.Book", str(path)], ["library.Book", "nowhere.csv"]):
        with pytest.raises(CommandError):
            command(*wrong)
