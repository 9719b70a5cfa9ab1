from __future__ import annotations

from tenfold.project.readers.template_text import scan_template
from tenfold.project.template_loops import TemplateLoop, find_loops
from tenfold.project.templates import Template


def loops(text: str) -> list[TemplateLoop]:
    scan = scan_template(text, engine="django")
    return list(
        find_loops(Template("a.html", "a.html", scan.engine, scan.tags, scan.elements, scan.variables))
    )


def test_a_loop_tells_what_is_read_of_its_variable_and_where() -> None:
    text = '{% for post in page.object_list %}\n{{ post.author.name|title }}\n{% url "post" post.pk %}{% endfor %}'
    assert loops(text) == [TemplateLoop("post", "page.object_list", 1, (("author.name", 2), ("pk", 3)))]


def test_names_in_quotes_and_longer_names_are_not_read() -> None:
    text = "{% for x in xs %}{{ y.x.a }}{{ ax.b }}{% if x.c == 'x.d' %}{% endif %}{% endfor %}"
    assert loops(text)[0].reads == (("c", 1),)


def test_what_is_cached_is_left_out() -> None:
    assert loops("{% cache 60 posts %}{% for x in xs %}{{ x.a.b }}{% endfor %}{% endcache %}") == []
