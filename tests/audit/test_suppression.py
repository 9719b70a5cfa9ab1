from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tenfold.audit.suppression import NO_REASON, read_allowances
from tests.builders import make_practice

if TYPE_CHECKING:
    from tenfold.audit.suppression import Allowance

SAVE = make_practice("database/update-fields")


def allowances(text: str, path: str = "shop/views.py") -> tuple[Allowance, ...]:
    return read_allowances(path, dedent(text))


def lines(text: str, path: str = "shop/views.py", *, last: int = 20) -> list[int]:
    """Lines at which SAVE is allowed; 0 is a finding about the whole file."""
    found = allowances(text, path)
    return [line for line in range(last + 1) if any(a.covers(SAVE, line) for a in found)]


def test_beside_code_it_covers_the_line() -> None:
    assert lines("a()\nb()  # tenfold: allow[database/update-fields] a new row\nc()\n") == [2]


def test_the_reason_is_kept() -> None:
    (one,) = allowances("b()  # tenfold: allow[database/update-fields]  a new row: all changed\n")
    assert one.reason == "a new row: all changed"


def test_a_missing_reason_is_said() -> None:
    (one,) = allowances("b()  # tenfold: allow[database/update-fields]\n")
    assert one.reason == NO_REASON


def test_alone_on_its_line_it_covers_the_next_line_with_code() -> None:
    text = """\
        a()
        # tenfold: allow[database/update-fields] a new row
        # Another comment.

        b()
        c()
        """
    assert lines(text) == [5]


def test_several_names_are_separated_by_commas() -> None:
    found = allowances("b()  # tenfold: allow[http/named-urls, database] agreed\n")
    assert [one.name for one in found] == ["http/named-urls", "database"]
    assert lines("b()  # tenfold: allow[http/named-urls, database] agreed\n") == [1]


@pytest.mark.parametrize("name", ["database", "database/*", "database/update_fields", "*/update-fields"])
def test_a_topic_or_a_glob_names_its_practices(name: str) -> None:
    assert lines(f"b()  # tenfold: allow[{name}] agreed\n") == [1]


@pytest.mark.parametrize("name", ["http", "data", "database/update", "update-fields"])
def test_another_name_allows_nothing(name: str) -> None:
    assert lines(f"b()  # tenfold: allow[{name}] agreed\n") == []


FUNCTION = """\
    a()


    @decorated{decorator}
    def detail(
        request,
    ):{header}
        if request:
            b()

        c()


    d()
    """


@pytest.mark.parametrize("place", ["decorator", "header"])
def test_beside_a_def_or_its_decorator_it_covers_the_block(place: str) -> None:
    places = {"decorator": "", "header": "", place: "  # tenfold: allow[database] agreed"}
    assert lines(FUNCTION.format(**places)) == [4, 5, 6, 7, 8, 9, 10, 11]


def test_above_a_class_it_covers_the_class() -> None:
    text = """\
        # tenfold: allow[database] agreed
        class Detail(View):
            x = 1

            async def get(self):
                b()
        c()
        """
    assert lines(text) == [2, 3, 4, 5, 6]


def test_beside_a_method_it_covers_the_method_only() -> None:
    text = """\
        class Detail(View):
            def get(self):  # tenfold: allow[database] agreed
                b()

            def post(self):
                c()
        """
    assert lines(text) == [2, 3]


def test_at_the_end_of_a_statement_it_covers_the_statement() -> None:
    text = """\
        Row.objects.create(
            a=1,
        )  # tenfold: allow[database] agreed
        c()
        """
    assert lines(text) == [1, 2, 3]


def test_inside_a_statement_it_covers_its_line() -> None:
    text = """\
        DATABASES = {
            "a": 1,  # tenfold: allow[database] agreed
            # tenfold: allow[database] agreed
            "b": 2,
            "c": 3,
        }
        """
    assert lines(text) == [2, 4]


@pytest.mark.parametrize(
    "comment", ["tenfold: allow", "tenfold: allow database", "tenfold: allow[ ]", "tenfold: ignore[database]"]
)
def test_a_comment_that_is_meant_and_misspelt_allows_nothing_and_is_kept(comment: str) -> None:
    assert lines(f"a()  # {comment} agreed\n") == []
    assert [one.name for one in allowances(f"a()  # {comment} agreed\n")] == [""]


def test_the_space_after_the_marker_is_free() -> None:
    assert lines("a()  #tenfold:allow[database] agreed\n") == [1]


def test_other_words_about_tenfold_are_no_suppression() -> None:
    assert allowances("a()  # tenfold: see the report\n") == ()


def test_for_the_file_it_covers_everything() -> None:
    assert lines("a()\n# tenfold: allow-file[database] generated\n", last=3) == [0, 1, 2, 3]


def test_a_line_comment_does_not_cover_a_finding_about_the_file() -> None:
    assert 0 not in lines("# tenfold: allow[database] agreed\na()\n")


def test_strings_are_no_comments() -> None:
    text = '''\
        HELP = "write # tenfold: allow[database] and a reason"
        DOC = """
        # tenfold: allow[database] agreed
        b()
        """
        '''
    assert lines(text) == []


def test_a_file_that_does_not_parse_keeps_its_comments() -> None:
    text = "a()  # tenfold: allow[database] agreed\nx = (\nb()  # tenfold: allow[database] agreed\n"
    assert lines(text) == [1, 3]
    assert lines("x = 'open\nb()  # tenfold: allow[database] agreed\n") == [2]


def test_form_feeds_do_not_shift_lines() -> None:
    assert lines("a = '\x0b'\n\x0c\nb()  # tenfold: allow[database] agreed\n") == [3]


def test_windows_line_ends_do_not_shift_lines() -> None:
    text = "a()\r\n# tenfold: allow[database] agreed\r\nb()\r\n"
    assert [(a.first, a.last, a.reason) for a in read_allowances("a.py", text)] == [(3, 3, "agreed")]


def test_old_line_ends_do_not_break_the_reading() -> None:
    found = read_allowances("a.py", "a()\r# tenfold: allow[database] agréed\rb()\r")
    assert [(a.first, a.last, a.reason) for a in found] == [(3, 3, "agréed")]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("t/list.html", "{{ a }} {# tenfold: allow[database] agreed #}"),
        ("t/list.html", "<p> <!-- tenfold: allow[database] agreed -->"),
        ("t/list.html", "{% a %}{% comment %} tenfold: allow[database] agreed {% endcomment %}"),
        ("t/list.jinja", "{{ a }} {#- tenfold: allow[database] agreed -#}"),
        ("compose.yaml", "a: 1  # tenfold: allow[database] agreed"),
        ("deploy/nginx.conf", "listen 80; # tenfold: allow[database] agreed"),
        ("deploy/nginx.conf.j2", "listen 80; # tenfold: allow[database] agreed"),
        ("pyproject.toml", "a = 1  # tenfold: allow[database] agreed"),
        ("Dockerfile", "RUN a  # tenfold: allow[database] agreed"),
        ("bin/start.sh", "a  # tenfold: allow[database] agreed"),
        ("uwsgi.ini", "a = 1  ; tenfold: allow[database] agreed"),
        ("uwsgi.ini", "a = 1  # tenfold: allow[database] agreed"),
        (".env", "A=1  # tenfold: allow[database] agreed"),
        ("requirements.txt", "django  # tenfold: allow[database] agreed"),
    ],
)
def test_other_languages_have_their_own_comments(path: str, line: str) -> None:
    assert [(a.first, a.last, a.reason) for a in read_allowances(path, f"\n{line}\nb\n")] == [
        (2, 2, "agreed")
    ]
    alone = line[min(line.find(sign) for sign in ("{#", "<!--", "{% comment", "#", ";") if sign in line) :]
    if alone.startswith("; #"):
        alone = alone[2:]
    above = f"\n  {alone}\n\nb\n"
    assert [(a.first, a.last) for a in read_allowances(path, above)] == [(4, 4)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("compose.yaml", "a: x#tenfold: allow[database] agreed"),
        ("t/list.html", "write # tenfold: allow[database] agreed"),
        ("compose.yaml", "a: tenfold: allow[database] agreed"),
    ],
)
def test_what_only_looks_like_a_comment_allows_nothing(path: str, text: str) -> None:
    assert read_allowances(path, text) == ()
