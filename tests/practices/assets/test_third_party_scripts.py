from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.practice import Confidence, Finding
from tenfold.practices.assets.third_party_scripts import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = '<script src="https://cdn.example.net/chart.js"></script>'


def judge_page(root: Path, text: str, name: str = "page.html") -> Confidence | None:
    write_project(root, {f"shop/templates/{name}": text})
    found = [judgement for judgement in check(read_project(root)) if isinstance(judgement, Finding)]
    return found[0].confidence if found else None


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        (f"<head>{SCRIPT}</head>\n<body>\n</body>", Confidence.HIGH),
        (f'{{% extends "base.html" %}}\n{{% block extra_head %}}{SCRIPT}{{% endblock %}}', Confidence.HIGH),
        (f"<body>\n{SCRIPT}\n<img src='/a.png'>\n</body>", Confidence.MEDIUM),
        (f"<div>{SCRIPT}</div>", Confidence.MEDIUM),
        (f'{{% extends "base.html" %}}\n{{% block extra_js %}}{SCRIPT}{{% endblock %}}', None),
        (f"<body>\n<img src='/a.png'>\n{SCRIPT}\n</body>", None),
    ],
)
def test_what_stands_behind_the_script_decides_how_sure_it_is(
    tmp_path: Path, text: str, confidence: Confidence | None
) -> None:
    assert judge_page(tmp_path, text) is confidence


@pytest.mark.parametrize("name", ["admin/base_site.html", "emails/order.html", "api/swagger.html"])
def test_pages_of_tools_and_mails_are_not_judged(tmp_path: Path, name: str) -> None:
    assert judge_page(tmp_path, f"<head>{SCRIPT}</head>\n<body></body>", name) is None
