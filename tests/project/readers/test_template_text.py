from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.project.readers.template_text import scan_template

if TYPE_CHECKING:
    from tenfold.project.readers.template_text import Scan

EXAMPLES = int(os.environ.get("TENFOLD_FUZZ", "200"))


def django(text: str) -> Scan:
    return scan_template(text, engine="django")


def jinja2(text: str) -> Scan:
    return scan_template(text, engine="jinja2")


def test_a_tag_has_its_name_its_rest_and_its_line() -> None:
    scan = django('\n{% extends "base.html" %}\n{%load static%}')
    assert scan.tags == (("extends", '"base.html"', 2), ("load", "static", 3))


def test_a_variable_keeps_its_filters_without_their_arguments() -> None:
    scan = django('{{ post.date|date:"Y: m"|default:other.name|upper }}\n{{ title }}')
    assert scan.variables == (("post.date|date|default|upper", 1), ("title", 2))


def test_a_jinja2_filter_loses_its_arguments_and_a_call_keeps_them() -> None:
    scan = jinja2("{{ text|truncate(10)|safe }}{{ url('home') }}")
    assert [expression for expression, _ in scan.variables] == ["text|truncate|safe", "url('home')"]


def test_django_tags_end_with_their_line_and_jinja2_tags_do_not() -> None:
    text = "{% include\n 'a.html' %}"
    assert django(text).tags == ()
    assert jinja2(text).tags == (("include", "'a.html'", 1),)


@pytest.mark.parametrize(
    "text", ["{%- if x %}{% endif %}", "{{ super() }}", "{% from 'a.html' import menu %}", "{{ x -}}"]
)
def test_syntax_that_only_jinja2_has_overrules_the_folder(text: str) -> None:
    assert django(text).engine == "jinja2"


def test_nothing_inside_a_comment_tag_counts() -> None:
    scan = django("{% comment %}{% url 'x' %}{{ y }}<script src=a></script>{% endcomment %}{% now %}")
    assert [tag.name for tag in scan.tags] == ["comment", "endcomment", "now"]
    assert scan.variables == ()
    assert [element.in_comment for element in scan.elements] == [True]


def test_template_syntax_inside_verbatim_is_text_and_its_markup_counts() -> None:
    scan = django("{% verbatim box %}{{ y }}{% endverbatim %}<a href='/{{ z }}'>{% endverbatim box %}{{ v }}")
    assert scan.variables == (("v", 1),)
    assert scan.elements[0].get("href") == "/{{ z }}"
    assert not scan.elements[0].in_comment


def test_a_raw_block_is_literal_in_jinja2_only() -> None:
    text = "{% raw %}{{ y }}{% endraw %}"
    assert jinja2(text).variables == ()
    assert django(text).variables == (("y", 1),)


def test_an_element_in_an_html_comment_says_so() -> None:
    scan = django("<!-- <script src='old.js'></script> -->\n<script src='new.js'></script>")
    assert [(e.get("src"), e.in_comment) for e in scan.elements] == [("old.js", True), ("new.js", False)]


def test_an_element_in_a_one_line_template_comment_is_not_there() -> None:
    scan = django("<a href='/1'>{# <a href='/2'> #}<a href='/3'>")
    assert [element.get("href") for element in scan.elements] == ["/1", "/3"]


def test_quotes_and_brackets_of_template_syntax_do_not_end_an_attribute() -> None:
    scan = django("""<a href="{% url "shop:item" pk=x.pk %}" {% if a > b %}class="on"{% endif %} download>""")
    assert scan.elements[0].attributes == (
        ("href", '{% url "shop:item" pk=x.pk %}'),
        ("class", "on"),
        ("download", None),
    )


def test_attribute_names_are_lower_case_and_entities_are_resolved() -> None:
    (element,) = django("<IMG SRC='/a?b=1&amp;c=2' LOADING=lazy>").elements
    assert element.name == "img"
    assert element.attributes == (("src", "/a?b=1&c=2"), ("loading", "lazy"))


def test_markup_inside_a_script_is_no_markup() -> None:
    scan = django("<script>let x = \"<a href='/x'>\";</script><a href='/y'>")
    assert [(e.name, e.get("href")) for e in scan.elements] == [("script", None), ("a", "/y")]


def test_a_tag_that_never_closes_its_quote_does_not_hide_the_next() -> None:
    scan = django("<a href=\"/x>one</a>\n<img src='/y.png'>")
    assert ("img", 2) in [(e.name, e.line) for e in scan.elements]


def test_words_that_only_begin_like_an_element_are_not_elements() -> None:
    assert django("<address><links><article><image><forms>").elements == ()


def test_plain_text_is_searched_for_no_markup() -> None:
    assert scan_template("<a href='/x'>", engine="django", markup=False).elements == ()


def test_many_unclosed_tags_are_read_in_time_that_grows_with_the_text() -> None:
    scan = django('<a b="' * 100_000 + "<a " * 100_000)
    assert len(scan.elements) < 100
    assert django("{{ x }}" + "{{" * 100_000).variables == (("x", 1),)


FRAGMENTS = st.sampled_from(
    [
        *("<a", " href=", "'", '"', ">", "=", "/", "<!--", "-->", "<script", "</script>"),
        *("{%", "%}", "{{", "}}", "{#", "#}", "comment", "endcomment", "verbatim", "endverbatim", "raw"),
        *("|", ":", " ", "\n", "x", "\ue000", "ß"),
    ]
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    parts=st.lists(FRAGMENTS | st.text(max_size=5), max_size=60), engine=st.sampled_from(["django", "jinja2"])
)
def test_any_text_gives_a_result_with_lines_inside_the_text(parts: list[str], engine: str) -> None:
    text = "".join(parts)
    scan = scan_template(text, engine=engine)
    lines = [*(t.line for t in scan.tags), *(e.line for e in scan.elements), *(n for _, n in scan.variables)]
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)
