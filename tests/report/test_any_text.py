"""Whatever stands in a project, each format stays what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.project.model import Location
from tenfold.report.formats import list_formats, load_format
from tests.report.sample import make_sample

if TYPE_CHECKING:
    from tenfold.audit.result import Report

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
