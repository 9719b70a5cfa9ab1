from __future__ import annotations

import subprocess
import sys

import pytest

from tenfold.errors import TenfoldError
from tenfold.report.formats import list_formats, load_format
from tests.report.sample import make_empty, make_sample

FORMATS = list_formats()


def test_the_formats_are_the_modules_of_the_folder() -> None:
    assert FORMATS == ("github", "gitlab", "html", "json", "junit", "markdown", "sarif", "text")


def test_listing_the_formats_imports_none_of_them() -> None:
    code = (
        "import sys; from tenfold.report.formats import list_formats; list_formats();"
        "print(*[m for m in sys.modules if m.startswith(('rich', 'jinja2', 'pygments', 'tenfold.report.'))])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["tenfold.report.formats"]


def test_an_unknown_format_names_those_that_exist() -> None:
    with pytest.raises(TenfoldError, match="sarif"):
        load_format("pdf")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert load_format(name)(make_sample()).encode() == load_format(name)(make_sample()).encode()


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_holds_no_control_character_and_ends_with_one_line_end(name: str) -> None:
    text = load_format(name)(make_sample())
    assert text.endswith("\n")
    assert not text.endswith("\n\n\n")
    assert not [c for c in text if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0]
    assert "\u202e" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_report_is_rendered(name: str) -> None:
    assert load_format(name)(make_empty()).strip()


@pytest.mark.parametrize("name", FORMATS)
def test_rendering_prints_nothing(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    load_format(name)(make_sample())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_but_json_tells_where_the_project_lies_on_the_disk(name: str) -> None:
    assert ("/srv/shop" in load_format(name)(make_sample())) is (name == "json")
