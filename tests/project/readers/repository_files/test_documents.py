from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.model import Problem
from tenfold.project.readers.repository_files.documents import (
    find_line,
    read_json,
    read_toml,
    read_yaml,
)

if TYPE_CHECKING:
    from tenfold.project.readers.repository_files.documents import (
        Yaml,
    )


def only(text: str) -> Yaml:
    documents = read_yaml(text, "a.yml")
    assert not isinstance(documents, Problem)
    return documents[0]


def test_an_absent_key_gives_an_empty_value_however_deep() -> None:
    value = only("a: {b: 1}").get("a", "b", "c")
    assert not value
    assert (value.text, value.line, value.parts(), value.pairs()) == ("", 0, (), {})


def test_merged_keys_count_less_than_own_ones_and_later_merges_less_than_earlier_ones() -> None:
    document = only("x: &x {a: 1, b: 1}\ny: &y {a: 2, c: 2}\nz:\n  <<: [*x, *y]\n  b: 3\n")
    assert {name: value.text for name, _, value in document.get("z").items()} == {
        "a": "1",
        "b": "3",
        "c": "2",
    }


def test_a_block_scalar_begins_a_line_below_its_key() -> None:
    document = only("run: |\n  make\nplain: x\n")
    assert (document.get("run").text_line, document.get("plain").text_line) == (2, 3)


def test_null_and_collections_have_no_text() -> None:
    document = only("a: null\nb: [x]\nc: ~\nd: no\n")
    assert [document.get(key).text for key in "abcd"] == ["", "", "", "no"]


def test_broken_texts_are_problems_with_their_line() -> None:
    for problem in (
        read_yaml("a: 1\nb: [\n", "a.yml"),
        read_toml("a = 1\nb = \n", "a.toml"),
        read_json('{"a":\n}', "a.json"),
    ):
        assert isinstance(problem, Problem)
        assert problem.where.line >= 2


def test_aliases_that_stand_for_billions_of_values_are_a_problem() -> None:
    lines = ["a0: &a0 {x: 1}", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 12)}]" for i in range(1, 12))]
    for text in ("\n".join(lines), "a: &a [*a]"):
        problem = read_yaml(text, "a.yml")
        assert isinstance(problem, Problem)
        assert "aliases" in problem.what


def test_comment_lines_of_json_are_passed_over() -> None:
    assert read_json('{\n  // why\n  "a": "http://x"\n}', "a.json") == {"a": "http://x"}


def test_a_line_is_found_from_a_given_line_on() -> None:
    text = "a\nb\na\n"
    assert (find_line(text, "a"), find_line(text, "a", 2), find_line(text, "c"), find_line(text, "a", 9)) == (
        1,
        3,
        0,
        0,
    )
