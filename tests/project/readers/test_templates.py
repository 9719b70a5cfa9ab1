from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.files import File, Files
from tenfold.project.model import Known
from tenfold.project.readers.templates import read_templates

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.templates import Template


def read(root: Path, texts: dict[str, str]) -> dict[str, Template]:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    files = Files(tuple(File(path, len(text), True) for path, text in texts.items()), Known(False))
    templates, problems = read_templates(root, files)
    assert problems == ()
    return {template.path: template for template in templates.all}


def test_a_template_is_named_as_render_names_it(tmp_path: Path) -> None:
    found = read(tmp_path, {"shop/templates/shop/list.html": "{{ x }}", "shop/jinja2/shop/row.html": ""})
    assert found["shop/templates/shop/list.html"].name == "shop/list.html"
    assert found["shop/templates/shop/list.html"].variables == (("x", 1),)
    assert found["shop/jinja2/shop/row.html"].engine == "jinja2"


@pytest.mark.parametrize(
    "path", ["shop/static/a.html", "templates.html", "shop/templates/a.py", "deploy/templates/nginx.conf.j2"]
)
def test_files_that_are_no_templates_are_left_out(tmp_path: Path, path: str) -> None:
    assert read(tmp_path, {path: "x"}) == {}


def test_the_template_folders_are_listed_once_each(tmp_path: Path) -> None:
    texts = {"templates/a.html": "", "templates/b/c.txt": "", "shop/templates/shop/d.xml": ""}
    read(tmp_path, texts)
    files = Files(tuple(File(path, 0, True) for path in texts), Known(False))
    assert read_templates(tmp_path, files)[0].directories == ("shop/templates", "templates")


def test_a_file_that_cannot_be_read_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/b.html").write_text("{{ x }}")
    files = Files((File("templates/a.html", 1, True), File("templates/b.html", 7, True)), Known(False))
    templates, problems = read_templates(tmp_path, files)
    assert [template.name for template in templates.all] == ["b.html"]
    assert problems[0].where.path == "templates/a.html"
