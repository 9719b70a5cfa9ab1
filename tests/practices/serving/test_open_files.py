from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Finding, Impact
from tenfold.practices.serving.open_files import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement


def judge(root: Path, top: str, connections: str) -> list[Judgement]:
    text = (
        f"{top}\nevents {{\nworker_connections {connections};\n}}\n"
        "http {\nserver {\nlocation / {\nproxy_pass http://web;\n}\n}\n}\n"
    )
    write_project(root, {"nginx.conf": text})
    return list(check(read_project(root)))


def test_connections_that_fit_the_default_limit_hold(tmp_path: Path) -> None:
    assert judge(tmp_path, "worker_processes auto;", "512") == []


def test_a_thousand_connections_are_a_small_matter(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, "worker_processes auto;", "1024")
    assert isinstance(found, Finding)
    assert found.impact is Impact.LOW


def test_a_limit_below_twice_the_connections_is_found_at_its_line(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, "worker_rlimit_nofile 4096;", "4096")
    assert isinstance(found, Finding)
    assert str(found.where) == "nginx.conf:1"
    assert found.impact is Impact.MEDIUM


def test_a_placeholder_cannot_be_told(tmp_path: Path) -> None:
    (answer,) = judge(tmp_path, "worker_processes auto;", "${CONNECTIONS}")
    assert isinstance(answer, CannotTell)


def test_a_limit_that_is_set_too_low_is_found_in_a_container_too(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text("services:\n  proxy:\n    image: nginx:alpine\n")
    (found,) = judge(tmp_path, "worker_rlimit_nofile 4096;", "4096")
    assert isinstance(found, Finding)
