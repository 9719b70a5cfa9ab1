from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.practice import Finding
from tenfold.practices.serving.unix_socket import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("target", "count"), [("127.0.0.1:8000", 1), ("localhost:8000", 1), ("10.0.0.5:8000", 0), ("web:8000", 0)]
)
def test_only_loopback_addresses_are_on_the_same_host(tmp_path: Path, target: str, count: int) -> None:
    write_project(
        tmp_path, {"nginx.conf": f"server {{\nlocation / {{\nproxy_pass http://{target};\n}}\n}}\n"}
    )
    assert len([j for j in check(read_project(tmp_path)) if isinstance(j, Finding)]) == count


def test_two_locations_to_one_upstream_are_one_finding(tmp_path: Path) -> None:
    text = (
        "upstream app {\nserver 127.0.0.1:8000;\n}\nserver {\nlocation / {\nproxy_pass http://app;\n}\n"
        "location /api/ {\nproxy_pass http://app;\n}\n}\n"
    )
    write_project(tmp_path, {"nginx.conf": text})
    assert [str(j.where) for j in check(read_project(tmp_path)) if isinstance(j, Finding)] == ["nginx.conf:2"]
