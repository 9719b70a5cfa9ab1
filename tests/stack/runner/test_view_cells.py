from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.sampling import Sample
from tenfold.stack.runner.states import State
from tenfold.stack.runner.view_cells import (
    ANSI,
    COLOURS,
    MARKS,
    PALETTE,
    colour_names,
    count_ready,
    show_address,
    show_age,
    show_load,
    show_memory,
    show_rate,
    split_done,
)
from tests.cli.fake_stack import make_status

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-3, "0s"),
        (8.9, "8s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h 00m"),
        (11_100, "3h 05m"),
        (187_200, "2d 4h"),
    ],
)
def test_an_age_is_as_short_as_it_can_be(seconds: float, shown: str) -> None:
    assert show_age(seconds) == shown


@pytest.mark.parametrize(
    ("size", "shown"), [(None, ""), (84 << 20, "84 MiB"), (999 << 20, "999 MiB"), (1229 << 20, "1.2 GiB")]
)
def test_memory_is_shown_in_mebibytes_then_gibibytes(size: int | None, shown: str) -> None:
    assert show_memory(size) == shown


@pytest.mark.parametrize(
    ("rate", "shown"), [(0, "0 req/s"), (3.44, "3.4 req/s"), (9.97, "10 req/s"), (1520.3, "1,520 req/s")]
)
def test_a_rate_has_a_digit_after_the_point_only_when_small(rate: float, shown: str) -> None:
    assert show_rate(rate) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("127.0.0.1:20011", ":20011"),
        ("run/app-1.sock", "app-1.sock"),
        ("https://localhost:8443/", ":8443"),
        ("smtp://127.0.0.1:20025, http://127.0.0.1:20026", ":20025 :20026"),
        ("0.0.0.0:80", "0.0.0.0:80"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_all_share(address: str, shown: str) -> None:
    assert show_address(address) == shown


def test_a_load_is_requests_and_figures_that_are_known() -> None:
    assert show_load(Sample()) == ""
    assert show_load(Sample(requests=2.0, figures={"lag": "0.1 s", "slots": ""})) == "2.0 req/s, lag 0.1 s"


def test_every_state_has_a_colour_and_a_mark() -> None:
    assert set(State) <= set(COLOURS)
    assert set(State) == set(MARKS)
    assert set(PALETTE) == set(ANSI)


def test_neighbours_have_different_colours_and_none_is_red() -> None:
    colours = list(colour_names(f"s{number}" for number in range(20)).values())
    assert all(one != other for one, other in pairwise(colours))
    assert "red" not in colours


def test_commands_that_have_ended_are_no_rows(tmp_path: Path) -> None:
    status = make_status(tmp_path, app_1="back-off")
    rows, done = split_done(status)
    assert [one.name for one in done] == ["migrate"]
    assert len(rows) == 5
    assert count_ready(status) == "4 of 5 ready"
