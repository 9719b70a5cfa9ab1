"""Loads into PostgreSQL: the fast paths, the careful one, kills, poolers, triggers."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError, connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_tenfold.db.counters import Counter
from django_tenfold.db.counters.upkeep import install_counter, remove_counter, verify_counter
from django_tenfold.db.ingest import IngestError, TooManyRejects, ingest, plan_ingest
from django_tenfold.db.ingest import staging as ingest_staging
from django_tenfold.db.models import IngestCheckpoint
from tests.django_site.databases import databases
from tests.django_site.library.models import Author, Book, Sign
from tests.live.blocks.test_conf_databases import pooler
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]

NAMES = (
    "isbn",
    "title",
    "author",
    "pages",
    "price",
    "language",
    "subtitle",
    "tags",
    "token",
    "printed",
    "sold",
)
HEADER = ",".join(NAMES) + "\n"
REST = "1,2.50,en,,{},5b2e3f5e-8f8c-4f0e-9d4e-2f0f3b1c9a10,2026-01-02,2026-01-02 03:04:05"


@pytest.fixture
def author() -> Author:
    return Author.objects.create(email="ada@x.org")


@pytest.fixture(params=["told by the server", "tested by a function"])
def any_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers before 16 cannot be asked whether a text is a value."""
    if request.param == "tested by a function":
        monkeypatch.setattr(ingest_staging, "TOLD_SINCE", 999_999)


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def isbns() -> list[str]:
    return [*Book.objects.order_by("isbn").values_list("isbn", flat=True)]


def test_a_clean_file_goes_straight_into_the_table(tmp_path: Path, author: Author) -> None:
    rows = [f'{n},"a ""{n}"",\nx",{author.pk},{REST}' for n in range(1_000)]
    path = write(tmp_path / "books.csv", HEADER + "\r\n".join(rows))
    assert plan_ingest(Book, path).way == "by COPY into the table"
    watched = []

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        watched.append(sql)
        return execute(sql, *rest)

    with CaptureQueriesContext(connection) as seen, connection.execute_wrapper(watch):
        result = ingest(Book, path, batch_rows=400)
    assert sum(one.startswith('copy "library_book" (') for one in watched) >= 3  # caches see them
    assert (result.read, result.loaded) == (1_000, 1_000)
    assert not [one for one in seen.captured_queries if "tenfold_ingest " in one["sql"]]
    book = Book.objects.get(isbn="999")
    assert (book.title, book.author, book.subtitle, book.shelfmark) == ('a "999",\nx', author, None, "")
    assert book.added <= book.changed
    with override_settings(TIME_ZONE="Asia/Tokyo"):
        ingest(Book, write(path, f"{HEADER}t,a,,{REST}"))
    book = Book.objects.get(isbn="t")
    assert book.sold is not None
    assert book.sold.isoformat() == "2026-01-01T18:04:05+00:00"


@pytest.mark.usefixtures("any_server")
def test_every_kind_of_broken_row_is_told_and_the_rest_is_loaded(tmp_path: Path, author: Author) -> None:
    Book.objects.create(isbn="there", title="t")
    key = author.pk
    broken = {
        f"b0,,{key},x": "has 4 cells",
        f"there,a,{key},{REST}": "is there already: a row with the same isbn",
        f"good0,a,{key},{REST}": "has the same isbn as line 2",
        f"b1,{'t' * 41},{key},{REST}": "title has 41 characters of 40 at most",
        f"b2,a,{key + 999},{REST}": f"author names the author {key + 999}, and there is none",
        f"b3,a,{key},ten" + REST[1:]: "pages",
        f"b4,a,{key},-1" + REST[1:]: "pages breaks the rule library_book_pages_check",
        f"b5,a,{key}," + REST[1:]: "pages is empty, and the column may not be NULL",
        f"b6,a,{key}," + REST.replace("2.50", "2000"): "price breaks the rule library_book_is_cheap",
        f"b7,a,{key}," + REST.replace("2.50", "99999999"): "price",
        f"b8,a,{key}," + REST.replace("en", "xx"): "language is 'xx', and no choice",
        f"b9,a,{key}," + REST.replace("{}", "{"): "tags",
        f"c0,a,{key}," + REST.replace("5b2e", "zzzz"): "token",
        f"c1,a,{key}," + REST.replace("2026-01-02,", "01/02/2026,"): "printed",
        f"c2,a\0,{key},{REST}": "holds a NUL byte",
        f"c3,a \udce9,{key},{REST}": "is not UTF-8 after",
        f'c4,"a,{key},{REST}': "a quote",
        f'c5,5" nail,{key},{REST}': "a quote stands within a cell",
        "\\.": "has 1 cells",
    }
    lines = []
    for number, row in enumerate(broken):
        lines += [f"good{number},a,{key},{REST}", row, ""]
    path = tmp_path / "books.csv"
    path.write_bytes((HEADER + "\n".join(lines)).encode(errors="surrogateescape"))
    result = ingest(Book, path, choices=True, rejects=tmp_path / "rejects")
    assert isbns() == sorted([*(f"good{number}" for number in range(len(broken))), "there"])
    told = dict(zip(broken.values(), map(str, result.rejects), strict=True))
    assert [one.line for one in result.rejects] == [3 + 3 * number for number in range(len(broken))]
    assert not {want: got for want, got in told.items() if want not in got}
    kept = [json.loads(line) for line in (tmp_path / "rejects").read_text().splitlines()]
    assert kept[1]["row"] == f"there,a,{key},{REST}"
    assert (result.loaded, result.rejected, result.read) == (len(broken), len(broken), 2 * len(broken))


@pytest.mark.parametrize("names", [NAMES, ("isbn", "title"), ("isbn", "title", "token")])
def test_a_broken_line_is_told_whatever_fills_the_other_columns(
    tmp_path: Path, author: Author, names: tuple[str, ...]
) -> None:
    """By nothing, by a value for each row, by one value for all."""
    good = dict(zip(NAMES, ("1", "t", str(author.pk), *REST.split(",")), strict=True))
    first, last = (",".join({**good, "isbn": one}[name] for name in names) for one in "12")
    broken = [b"few", first.encode() + b",more", first.encode().replace(b"t", b"\xe9"), b'"'.join([b"x"] * 2)]
    data = b"\n".join([",".join(names).encode(), first.encode(), *broken, b"", last.encode(), b""])
    (tmp_path / "books.csv").write_bytes(data)
    result = ingest(Book, tmp_path / "books.csv")
    assert isbns() == ["1", "2"]
    assert [one.line for one in result.rejects] == [3, 4, 5, 6]
    assert (result.read, result.line) == (6, 9)


def test_what_only_a_trigger_or_an_index_with_a_condition_sees_is_found_by_halving(tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create function refuse_evil() returns trigger language plpgsql as $$ begin"
            " if new.title = 'evil' then raise exception 'no evil here'; end if; return new; end $$;"
            "create trigger refuse_evil before insert on library_book for each row execute function refuse_evil()"
        )
    try:
        lines = [f"{n},{'evil' if n in (7, 500) else n},f" for n in range(600)]
        lines += ["x,twice,t", "y,twice,t"]
        result = ingest(Book, write(tmp_path / "books.csv", "isbn,title,lent\n" + "\n".join(lines)))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop function refuse_evil() cascade")
    assert [one.line for one in result.rejects] == [9, 502, 603]
    assert result.rejects[0].reason == "no evil here"
    assert "library_book_lent_once" in result.rejects[2].reason
    assert result.loaded == 599


@pytest.mark.parametrize("broken", ["", "few\n"])
def test_rows_that_a_trigger_passes_over_are_counted(tmp_path: Path, broken: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create function pass_over() returns trigger language plpgsql as $$ begin"
            " return case when new.title <> 'no' then new end; end $$;"
            "create trigger pass_over before insert on library_book for each row execute function pass_over()"
        )
    try:
        result = ingest(Book, write(tmp_path / "books.csv", f"isbn,title\n1,a\n2,no\n{broken}3,b\n"))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop function pass_over() cascade")
    assert (result.loaded, result.ignored, result.rejected) == (2, 1, len(broken.split()))


def test_parents_are_found_by_a_unique_field_or_in_the_file_itself(author: Author) -> None:
    rows = [("1", author.email), ("2", "eve@x.org"), ("3", None), ("4", author.email)]
    result = ingest(Book, [(one, "a", by) for one, by in rows], columns=["isbn", "title", "author__email"])
    assert [*Book.objects.order_by("isbn").values_list("author", flat=True)] == [author.pk, None, author.pk]
    assert str(result.rejects[0]) == "line 2: author__email names the author eve@x.org, and there is none"
    named = ["id", "isbn", "title", "sequel_of"]
    books = [(70, "s1", "a", 71), (71, "s2", "a", None), (72, "s3", "a", 73), (73, "s4", "a", 99)]
    result = ingest(Book, books, columns=named)
    assert (result.loaded, sorted(one.line for one in result.rejects)) == (2, [3, 4])
    assert Book.objects.get(isbn="s1").sequel_of_id == 71


def test_keys_that_were_loaded_are_not_given_out_again() -> None:
    ingest(Book, [(500, "a", "t")], columns=["id", "isbn", "title"])
    assert Book.objects.create(isbn="b", title="t").pk == 501
    ingest(Book, [(3, "c", "t")], columns=["id", "isbn", "title"])
    assert Book.objects.create(isbn="d", title="t").pk == 502


@pytest.mark.parametrize("broken", [False, True])
def test_rows_that_are_there_are_passed_over_or_changed(broken: bool) -> None:
    """Alike by the quick way and by the careful one."""
    Book.objects.create(isbn="1", title="old", pages=7, price=1)
    changed = Book.objects.get().changed
    more: list[tuple[Any, ...]] = [("9", "t" * 41, 1)] if broken else []
    rows = [*more, ("1", "new", 8), ("2", "fresh", 9), ("2", "last", 9)]
    columns = ["isbn", "title", "pages"]
    result = ingest(Book, rows, columns=columns, on_conflict="ignore", unique_fields=["isbn"])
    assert (result.loaded, result.ignored, result.rejected) == (1, 2, len(more))
    assert isbns() == ["1", "2"]
    result = ingest(Book, rows, columns=columns, on_conflict="update", unique_fields=["isbn"])
    assert (result.loaded, result.updated, result.rejected) == (0, 3, len(more))
    found = Book.objects.order_by("isbn").values_list("title", "pages", "price")
    assert [*found] == [("new", 8, 1), ("last", 9, None)]
    assert Book.objects.get(isbn="1").changed > changed
    result = ingest(
        Book,
        [(*one, "en") for one in rows[-1:]],
        columns=[*columns, "language"],
        on_conflict="update",
        unique_fields=["isbn"],
        update_fields=["language"],
    )
    assert Book.objects.get(isbn="2").pages == 9


def test_a_random_file_is_loaded_as_a_simple_reader_would(tmp_path: Path) -> None:
    """Whatever batches cut: every good row once, every bad one told with its own line."""
    chosen = random.Random(11)
    for turn in range(12):
        text, line, good, bad = "isbn,title,pages\n", 2, {}, []
        for number in range(400):
            title = "".join(chosen.choices('ab,"\n é', k=chosen.randrange(8)))
            row = f'{turn}-{number},"{title.replace(chr(34), chr(34) * 2)}",{number}'
            fate = chosen.random()
            if fate < 0.03:
                row, title = f'{turn}-{number},5" x,{number}', ""
                bad.append(line)
            elif fate < 0.06:
                row, title = f"{turn}-{number},t,many", ""
                bad.append(line)
            else:
                good[f"{turn}-{number}"] = title
            text += row + "\n"
            line += 1 + row.count("\n")
        path = write(tmp_path / f"{turn}.csv", text)
        result = ingest(Book, path, batch_rows=chosen.choice([7, 50, 1_000]))
        assert sorted(one.line for one in result.rejects) == bad
        assert dict(Book.objects.filter(isbn__startswith=f"{turn}-").values_list("isbn", "title")) == good


def test_a_field_that_makes_its_values_takes_the_slow_way() -> None:
    assert "makes its values in Python" in plan_ingest(Sign, [{"text": "a"}]).way
    ingest(Sign, [{"text": "stop"}])
    assert Sign.objects.get().text == "STOP"


def process(servers: Servers, path: Path, rejects: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.live.blocks.ingest_processes", str(path), str(rejects), "500"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "DATABASE": json.dumps(servers.database_entry())},
    )


def lines_with_faults(number: int) -> str:
    """Each hundredth row is broken."""
    return "isbn,title\n" + "".join(f"{n},{'t' * (41 if n % 100 == 7 else 5)}\n" for n in range(number))


def test_a_load_that_is_killed_again_and_again_loads_every_row_once(
    postgres_database: Servers, tmp_path: Path
) -> None:
    rows = 12_000
    path, rejects = write(tmp_path / "books.csv", lines_with_faults(rows)), tmp_path / "rejects"
    chosen, kills = random.Random(3), 0
    for _ in range(30):
        with process(postgres_database, path, rejects) as run:
            assert run.stdout is not None
            batches = chosen.randrange(1, 9)
            read = [line for line, _ in zip(run.stdout, range(batches), strict=False)]
            if "done\n" not in read and run.poll() is None:
                os.kill(run.pid, signal.SIGKILL)
                kills += 1
                continue
            told = run.stderr.read() if run.stderr is not None else ""
            assert run.wait(timeout=60) == 0, told
            break
    assert kills > 2
    assert Book.objects.count() == rows * 99 // 100
    assert [json.loads(one)["line"] for one in rejects.read_text().splitlines()] == [*range(9, rows, 100)]
    kept = IngestCheckpoint.objects.get()
    assert (kept.loaded, kept.rejected, kept.line) == (rows * 99 // 100, rows // 100, rows + 2)
    assert kept.finished is not None


def test_a_server_that_is_killed_loses_nothing_that_was_told(
    postgres_database: Servers, tmp_path: Path
) -> None:
    path = write(tmp_path / "books.csv", lines_with_faults(5_000))
    told = []

    def kill(result: Any) -> None:
        told.append(result.loaded)
        if len(told) == 3:
            postgres_database.kill("postgres")

    rejects = tmp_path / "rejects"
    try:
        with pytest.raises(OperationalError):
            ingest(Book, path, batch_rows=500, rejects=rejects, progress=kill)
    finally:
        connection.close()
        postgres_database.start("postgres")
    wait_until(lambda: Book.objects.count() == told[-1], "what was told is there")
    result = ingest(Book, path, batch_rows=500, rejects=rejects)
    assert (result.loaded, Book.objects.count(), result.rejected) == (4_950, 4_950, 50)
    assert len(rejects.read_text().splitlines()) == 50


def test_of_two_loads_of_one_file_each_row_is_loaded_once(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", lines_with_faults(10_000))

    def load(_: int) -> str:
        try:
            return str(ingest(Book, path, batch_rows=300, share=0.7).loaded)
        except IngestError as problem:
            return str(problem)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        told = [*pool.map(load, range(3))]
    told.append(load(0))  # the last that stopped may have been the one that had begun
    assert told[-1] == "9900", told
    assert Book.objects.count() == 9_900


@pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="pgbouncer is not on PATH")
def test_loads_go_through_a_pooler_in_transaction_mode(postgres_database: Servers, tmp_path: Path) -> None:
    text = "isbn,title,author__email\n" + "".join(f"{n},t,\n" for n in range(3_000)) + "x,t,nobody@x.org\n"
    with pooler(postgres_database, tmp_path) as port:
        entry = postgres_database.database_entry(PORT=port, DISABLE_SERVER_SIDE_CURSORS=True)
        with databases({"default": entry}):

            def load(number: int) -> int:
                try:
                    path = write(tmp_path / f"{number}.csv", text.replace("\n", f"\n{number}-"))
                    return ingest(Book, path, batch_rows=200).loaded
                finally:
                    connections.close_all()

            with ThreadPoolExecutor(4) as pool:
                assert [*pool.map(load, range(6))] == [3_000] * 6
    assert Book.objects.count() == 18_000


@pytest.fixture
def counted(author: Author) -> Iterator[Counter]:
    counter = Counter("books_of_author", "library.Book", by="author", add="pages")
    install_counter(counter, using="default")
    yield counter
    remove_counter(counter, using="default")


@pytest.mark.parametrize("on_conflict", ["error", "ignore", "update"])
def test_counters_count_what_is_loaded(author: Author, counted: Counter, on_conflict: str) -> None:
    Book.objects.create(isbn="5", title="t", author=author, pages=100)
    rows = [(str(n), "t" * (41 if n == 3 else 1), author.pk, 1) for n in range(10)]
    named = ["isbn", "title", "author", "pages"]
    keys = [] if on_conflict == "error" else ["isbn"]
    for start in (rows[:2], rows):
        ingest(Book, start, columns=named, on_conflict=on_conflict, unique_fields=keys)
    assert counted.read(author.pk) == 108 - (99 if on_conflict == "update" else 0)
    assert not verify_counter(counted, using="default")


def test_a_batch_that_is_refused_as_a_whole_is_no_thousand_rejects() -> None:
    with connection.cursor() as cursor:
        cursor.execute("alter table library_book rename column pages to leaves")
    try:
        with pytest.raises(Exception, match="pages"):
            ingest(Book, [("1", "t")], columns=["isbn", "title"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("alter table library_book rename column leaves to pages")
    assert not Book.objects.exists()


def test_too_many_rejects_undo_their_batch_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", lines_with_faults(1_000))
    with pytest.raises(TooManyRejects):
        ingest(Book, path, batch_rows=100, max_rejects=4)
    assert Book.objects.count() == 4 * 99
    assert ingest(Book, path, batch_rows=100).loaded == 990


def test_row_level_security_takes_the_way_that_it_allows() -> None:
    """COPY cannot write where policies look at rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "alter table library_book force row level security, enable row level security;"
            "create policy seen on library_book for select using (true);"
            "create policy made on library_book for insert with check (title <> 'secret')"
        )
    try:
        rows = [("1", "a"), ("3", "c")]
        named = ["isbn", "title"]
        assert plan_ingest(Book, rows, columns=named).way == "by COPY and INSERT .. SELECT"
        assert ingest(Book, rows, columns=named).loaded == 2
        assert isbns() == ["1", "3"]
        rows = [("4", "a"), ("5", "secret"), ("6", "t" * 41), ("7", "a")]
        result = ingest(Book, rows, columns=named)
        assert isbns() == ["1", "3", "4", "7"]
        assert [one.line for one in result.rejects] == [2, 3]
        assert "violates row-level security policy" in result.rejects[0].reason
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "drop policy seen on library_book; drop policy made on library_book;"
                "alter table library_book no force row level security, disable row level security"
            )
