from __future__ import annotations

import json

import pytest

from tenfold.stack.export.input import Exported
from tenfold.stack.export.sealing import MANIFEST, asked_before, is_untouched, recorded, seal, seal_all

TEXTS = {
    "nginx.conf": "worker_processes 2;\n",
    "secrets.sh": "#!/bin/sh\nset -eu\n",
    "README.md": "# shop\n",
    "gunicorn.conf.py": '"""A docstring."""\n',
    "compose.yaml": "services: {}\n",
}


@pytest.mark.parametrize("path", TEXTS)
def test_a_sealed_file_is_known_as_untouched(path: str) -> None:
    sealed = seal(Exported(path, TEXTS[path]), "plain").text
    assert is_untouched(path, sealed, "") is True
    assert is_untouched(path, sealed + "more\n", "") is False
    assert is_untouched(path, sealed[:-3] + "xy\n", "") is False


def test_a_file_without_a_seal_was_not_written_here() -> None:
    assert is_untouched("nginx.conf", "worker_processes 2;\n", "") is None
    assert is_untouched("nginx.conf", "", "") is None


def test_a_script_keeps_its_first_line() -> None:
    text = seal(Exported("secrets.sh", TEXTS["secrets.sh"]), "compose").text
    assert text.splitlines()[0] == "#!/bin/sh"
    assert "`tenfold export compose`" in text.splitlines()[1]


def test_a_page_hides_its_seal_in_a_comment() -> None:
    text = seal(Exported("README.md", TEXTS["README.md"]), "plain").text
    assert text.startswith("<!--")
    assert text.splitlines()[0].endswith("-->")


def test_json_is_sealed_by_the_manifest() -> None:
    dashboard = Exported("dashboard.json", "{}\n")
    sealed = seal_all((dashboard,), "plain", asked={"cores": 2})
    manifest = sealed[-1].text
    assert sealed[0] == dashboard
    assert sealed[-1].path == MANIFEST
    assert is_untouched("dashboard.json", "{}\n", manifest) is True
    assert is_untouched("dashboard.json", '{"mine": 1}\n', manifest) is False
    assert is_untouched("other.json", "{}\n", manifest) is None


def test_the_manifest_tells_what_was_asked_for() -> None:
    manifest = seal_all((), "plain", asked={"cores": 8, "hosts": ["shop.example.org"]})[-1].text
    assert asked_before(manifest) == {"cores": 8, "hosts": ["shop.example.org"]}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 3, "asked": []}', "null"])
def test_a_spoilt_manifest_tells_nothing(text: str) -> None:
    assert recorded(text) == {}
    assert asked_before(text) == {}


def test_the_hash_is_of_the_text_alone() -> None:
    manifest = json.loads(seal_all((Exported("a.conf", "x\n"),), "plain", asked={})[-1].text)
    again = json.loads(seal_all((Exported("a.conf", "x\n"),), "plain", asked={"cores": 3})[-1].text)
    assert manifest["files"] == again["files"]
