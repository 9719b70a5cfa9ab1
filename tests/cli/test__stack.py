from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

from tenfold.cli import _stack
from tenfold.errors import TenfoldError
from tests.cli.fake_stack import make_service, make_stack, make_status, supervising

if TYPE_CHECKING:
    from pathlib import Path


def test_the_stack_is_found_from_inside_the_project(tmp_path: Path) -> None:
    folder = make_stack(tmp_path / "shop")
    inside = tmp_path / "shop/orders/views"
    inside.mkdir(parents=True)
    assert _stack.find_folder(str(tmp_path / "shop")) == folder
    assert _stack.find_folder(str(inside)) == folder


@pytest.mark.parametrize(
    ("path", "message"), [(".", "No stack was ever started"), ("nowhere", "There is no folder")]
)
def test_a_place_without_a_stack_is_told_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TenfoldError, match=message) as caught:
        _stack.find_folder(path)
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("words", "path"), [([], "."), (["shop"], "shop"), (["-C", "shop"], "shop"), (["--path", "shop"], "shop")]
)
def test_the_path_is_taken_in_either_way(words: list[str], path: str) -> None:
    parser = argparse.ArgumentParser()
    _stack.add_path(parser)
    assert _stack.path_of(parser.parse_args(words)) == path


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (["app-2"], ["app-2"]),
        (["app"], ["app-1", "app-2"]),
        (["edge", "app", "app-1"], ["edge", "app-1", "app-2"]),
        (["replica"], ["replica-1"]),
        (["postgres"], ["postgres"]),
    ],
)
def test_services_go_by_name_by_stem_and_by_kind(tmp_path: Path, wanted: list[str], names: list[str]) -> None:
    plan = _stack.read_plan(make_stack(tmp_path))
    assert [one.name for one in _stack.choose_services(plan, wanted)] == names


@pytest.mark.parametrize(
    ("wanted", "hint"), [("edgee", 'Did you mean "edge"'), ("zzz", "Services: postgres, replica-1")]
)
def test_an_unknown_service_is_refused_with_the_nearest(tmp_path: Path, wanted: str, hint: str) -> None:
    plan = _stack.read_plan(make_stack(tmp_path))
    with pytest.raises(TenfoldError, match=f'no service "{wanted}"') as caught:
        _stack.choose_services(plan, [wanted])
    assert hint in caught.value.next_step


def test_a_spoilt_plan_is_told(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    (folder / "plan.json").write_text("{")
    with pytest.raises(TenfoldError, match=r"plan\.json"):
        _stack.read_plan(folder)


def test_the_status_comes_from_the_supervisor(tmp_path: Path) -> None:
    folder = make_stack(tmp_path, (make_service("edge", "edge"),))
    with supervising(folder):
        assert _stack.read_status(folder) == make_status(folder)
