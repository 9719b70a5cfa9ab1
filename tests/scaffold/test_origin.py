from __future__ import annotations

import json

import pytest

from tenfold.scaffold.origin import read_origin


@pytest.mark.parametrize(
    ("told", "origin"),
    [
        ({"url": "file:///srv/my%20tools/tenfold", "dir_info": {"editable": True}}, "/srv/my tools/tenfold"),
        ({"url": "file:///srv/tenfold-1.whl", "archive_info": {}}, "/srv/tenfold-1.whl"),
        (
            {"url": "https://example.org/tenfold-1.whl", "archive_info": {}},
            "https://example.org/tenfold-1.whl",
        ),
        (
            {"url": "https://example.org/t.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "git+https://example.org/t.git@abc",
        ),
        (
            {
                "url": "https://example.org/t.git",
                "vcs_info": {"vcs": "git", "commit_id": "abc"},
                "subdirectory": "tool",
            },
            "git+https://example.org/t.git@abc#subdirectory=tool",
        ),
    ],
)
def test_each_kind_of_origin_becomes_an_argument_of_pip(told: dict[str, object], origin: str) -> None:
    assert read_origin(json.dumps(told)) == origin


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"url": "x", "vcs_info": {}}', "null"])
def test_without_a_readable_record_a_registry_is_asked(text: str | None) -> None:
    assert read_origin(text) == ""
