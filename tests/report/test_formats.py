from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.errors import TenfoldError
from tenfold.project.model import Location
from tenfold.report.formats import list_formats, load_format
from tests.report.sample import make_empty, make_sample

if TYPE_CHECKING:
    from tenfold.audit.result import Report

FORMATS = list_formats()
ANY = st.text(st.characters(), max_size=60) | st.sampled_from(
    (
        "```",
        "`",
        "]]>",
        "-->",
        "</script>",
        "{% raw %}",
        "{{ 7 * 7 }}",
        "[bold]",
        "\\",
        "%",
        "::",
        "\r\n",
        "'''",
        "(" * 300,
    )
)
SAMPLE = make_sample(places=1)


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
def test_rendering_a_report_prints_nothing(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    load_format(name)(make_sample())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_but_json_tells_where_the_project_lies_on_the_disk(name: str) -> None:
    assert ("/srv/shop" in load_format(name)(make_sample())) is (name == "json")


def write_into_sample(*texts: str) -> Report:
    """The sample with `texts` as message, remedy, proof, symbol, path, snippet and reason."""
    message, remedy, proof, path, code = texts
    verdict = SAMPLE.verdicts[0]
    found = verdict.findings[0]
    finding = replace(
        found.finding,
        message=message,
        remedy=remedy,
        proof=proof,
        symbol=code,
        where=Location(path or "x", 2),
    )
    reported = replace(found, finding=finding, snippet=((1, code), (2, message)))
    allowed = replace(reported, suppression=proof)
    changed = replace(verdict, findings=(reported, allowed), why=message, summary=proof, reasons=(code,))
    return replace(SAMPLE, project=message, verdicts=(changed, *SAMPLE.verdicts[1:]))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.tuples(ANY, ANY, ANY, ANY, ANY))
def test_any_text_of_a_project_leaves_every_format_valid(texts: tuple[str, ...]) -> None:
    report = write_into_sample(*texts)
    rendered = {name: load_format(name)(report) for name in list_formats()}
    for text in rendered.values():
        text.encode("utf-8")
        assert "\x1b" not in text
    for name in ("json", "sarif", "gitlab"):
        json.loads(rendered[name])
    assert len(ElementTree.fromstring(rendered["junit"].encode()).findall("testsuite/testcase")) == 10
    assert all(line.startswith("::") for line in rendered["github"].split("\n")[:-1])
    assert rendered["html"].lower().count("</script>") == 1
