from __future__ import annotations

import csv
import io
import random

import pytest

from django_tenfold.db.ingest.text import (
    append_to_each,
    find_boundary,
    is_well_quoted,
    make_shape,
    read_cells,
    read_records,
)


def split(data: bytes, columns: int = 3, *, complete: bool = True) -> list[tuple[int, bytes, str]]:
    found = read_records(data, make_shape(columns, b","), 1, complete=complete)
    good = [(line, body, "") for line, body in zip(found.lines, found.bodies, strict=True)]
    return sorted(good + [tuple(one) for one in found.broken])


def test_a_record_ends_with_its_line_unless_a_quote_is_open() -> None:
    assert find_boundary(b"a,b\nc,d\ne") == 8
    assert find_boundary(b'a,b\nc,"d\ne,f') == 4
    assert find_boundary(b'a,"b\nc",d\n"e\n\nf') == 10
    assert find_boundary(b'"a\nb\nc') == 0
    assert find_boundary(b"no line end") == 0


@pytest.mark.parametrize(
    ("data", "sound"),
    [
        (b"a,b\nc,d\n", True),
        (b'"a","b"\r\n"c, ""d""",""\r\n', True),
        (b'"a\nb",c\n', True),
        (b'5" nail,6" nail\n', False),
        (b'a,"b" \n', False),
        (b'a,5"\nb,6"\n', False),
        (b'"a\n', False),
        (b'a,b""c\n', False),
    ],
)
def test_quotes_that_would_change_a_cell_are_noticed(data: bytes, sound: bool) -> None:
    assert is_well_quoted(data, b",") is sound


def test_each_broken_record_is_told_with_its_line_and_the_rest_is_whole() -> None:
    data = b'1,"a\nb",c\n2,5" nail,x\n\n3,"abc\n4,"d",e\n5,x\n6,\xe9,f\n7,\0,g\r\n8,i,j\n9,"k,l'
    found = split(data)
    assert [line for line, _, problem in found if not problem] == [1, 6, 10]
    told = {line: problem for line, _, problem in found if problem}
    assert [*told] == [3, 5, 7, 8, 9, 11]
    assert "quote stands within a cell" in told[3]
    assert "quote stands within a cell" in told[5]
    assert told[7] == "has 2 cells where the header has 3"
    assert "not UTF-8" in told[8]
    assert "NUL" in told[9]
    assert told[11] == "a quote opens that never closes"


def test_an_open_quote_waits_for_more_unless_nothing_follows() -> None:
    assert [raw for _, raw, _ in split(b'1,2,3\n4,"5\n6', complete=False)] == [b"1,2,3"]
    assert [raw for _, raw, _ in split(b'1,2,3\n4,"5\n6')] == [b"1,2,3", b'4,"5\n', b"6"]


def test_cells_are_those_of_the_standard_reader() -> None:
    chosen = random.Random(5)
    shape = make_shape(4, b",")
    for _ in range(300):
        row = ["".join(chosen.choices('ab,"\n\r é', k=chosen.randrange(6))) for _ in range(4)]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(row)
        data = text.getvalue().encode()
        assert is_well_quoted(data, b",")
        assert find_boundary(data + b"more") == len(data)
        ((_, raw, problem),) = split(data, 4)
        assert not problem
        assert [*read_cells(raw, shape)] == row


def test_an_empty_cell_is_null_and_a_quoted_one_is_text() -> None:
    assert [*read_cells(b',"",x\r\n', make_shape(3, b","))] == [None, "", "x"]


def test_cells_are_appended_to_records_and_not_within_quotes() -> None:
    assert append_to_each(b'1,"a\nb",c\r\n2,"",d\n', b",z") == b'1,"a\nb",c,z\n2,"",d,z\n'
    assert append_to_each(b"1\r\n2\n", b",z") == b"1,z\n2,z\n"


@pytest.mark.parametrize("delimiter", [b'"', b"\n", b"a", b",,", b"\\"])
def test_a_delimiter_that_cannot_be_one_is_refused(delimiter: bytes) -> None:
    with pytest.raises(ValueError, match="cannot stand between cells"):
        make_shape(2, delimiter)
