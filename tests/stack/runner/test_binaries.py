from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner import binaries
from tenfold.stack.runner.binaries import (
    Missing,
    describe_binary,
    find_binaries,
    machines,
    read_version,
    refuse_unknown,
)
from tenfold.stack.service import Binary, BinaryNeed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., Path]

SEARCH = BinaryNeed(
    "search",
    ("searchd", "oldsearchd"),
    wheel="search-wheel",
    inside="search_wheel/bin/{machine}/searchd",
    package="search-server",
    without="PostgreSQL's own text search",
)
MACHINE = next(machines())


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH holds two folders of this test and nothing else is searched."""
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path / "first"), str(tmp_path / "second"), "/bin")))
    monkeypatch.delenv("TENFOLD_WHEELS", raising=False)
    monkeypatch.setattr(binaries, "SERVERS", (str(tmp_path / "sbin"),))
    monkeypatch.setattr(binaries, "VERSIONED", (f"{tmp_path}/versions/*/bin",))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A program below the test's folder that says a version, or runs the given lines."""

    def write(where: str, version: str = "", *, lines: str = "", mode: int = 0o755) -> Path:
        path = tmp_path / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{lines or f'echo search version {version}'}\n")
        path.chmod(mode)
        return path

    return write


@pytest.fixture
def wheel(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel, installed where this interpreter looks for distributions."""
    site = tmp_path / "site-packages"
    (site / "search_wheel-3.0.dist-info").mkdir(parents=True)
    (site / "search_wheel-3.0.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: search-wheel\nVersion: 3.0\n"
    )
    monkeypatch.syspath_prepend(str(site))
    return make(f"site-packages/search_wheel/bin/{MACHINE}/searchd", "3.0")


def find(need: BinaryNeed = SEARCH, wish: str = "", **options: bool) -> Binary | Missing:
    found, missing = find_binaries([need], {need.name: wish} if wish else {}, **options)
    assert len(found) + len(missing) == 1
    return found[need.name] if found else missing[0]


def taken(need: BinaryNeed = SEARCH, wish: str = "", **options: bool) -> Binary:
    found = find(need, wish, **options)
    assert isinstance(found, Binary), str(found)
    return found


def test_a_program_on_path_comes_before_the_wheel(make: Make, wheel: Path) -> None:
    path = make("second/searchd", "2.1.3")
    found = taken()
    assert (found.path, found.origin, found.version) == (str(path), "path", "2.1.3")
    assert describe_binary(found) == f"search 2.1.3 from PATH ({path})"


def test_the_wheel_comes_first_where_that_is_preferred(
    make: Make, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("first/searchd", "2.1")
    assert taken(wheels=True).path == str(wheel)
    monkeypatch.setenv("TENFOLD_WHEELS", "1")
    assert taken().path == str(wheel)
    assert taken(wheels=False).origin == "path"


def test_the_wheel_is_named_in_the_report(wheel: Path) -> None:
    assert describe_binary(taken()) == "search 3.0 from the wheel search-wheel"


def test_a_shim_that_fails_is_passed_over_with_its_own_words(make: Make) -> None:
    shim = make("first/searchd", lines="echo 'searchd: command not found in this version' >&2; exit 127")
    found = taken(replace(SEARCH, least="")) if make("second/searchd", "2.0") else None
    assert found is not None
    assert found.version == "2.0"
    assert found.passed == (f"{shim}: It does not start (searchd: command not found in this version)",)


def test_better_names_are_searched_on_all_of_path_first(make: Make) -> None:
    make("first/oldsearchd", "1.0")
    assert taken(replace(SEARCH, programs=("oldsearchd",))).version == "1.0"
    make("second/searchd", "2.0")
    assert taken().version == "2.0"


def test_folders_of_servers_and_versions_are_searched_too(make: Make) -> None:
    make("versions/9/bin/searchd", "9.0")
    newest = make("versions/15/bin/searchd", "15.0")
    assert taken().path == str(newest)
    assert taken(replace(SEARCH, least="10")).version == "15.0"
    make("sbin/searchd", "2.0")
    assert taken().version == "2.0"


def test_a_link_is_followed_to_where_the_companions_stand(make: Make, tmp_path: Path) -> None:
    real = make("opt/15/searchd", "15.1")
    make("opt/15/indexer", "15.1")
    (tmp_path / "first").mkdir()
    (tmp_path / "first/searchd").symlink_to(real)
    assert taken(replace(SEARCH, companions=("indexer",))).path == str(real)


def test_a_link_to_a_program_of_many_names_keeps_its_own(make: Make, tmp_path: Path) -> None:
    make("opt/manybox", lines='test "$(basename "$0")" = searchd && echo 1.4.2')
    (tmp_path / "first").mkdir()
    (tmp_path / "first/searchd").symlink_to(tmp_path / "opt/manybox")
    assert taken().path == str(tmp_path / "first/searchd")


def test_what_is_not_good_enough_is_passed_over(make: Make) -> None:
    make("first/searchd", "9.6")
    make("second/searchd", "15.0")
    assert taken(replace(SEARCH, least="14")).passed[0].endswith("Version 9.6 is older than 14")
    missing = find(replace(SEARCH, wheel="", companions=("indexer",)))
    assert isinstance(missing, Missing)
    assert [one.partition(": ")[2] for one in missing.tried] == ["It lacks indexer beside it"] * 2


def test_a_build_that_lacks_what_it_must_have_is_passed_over(make: Make) -> None:
    make("first/searchd", "1.60")
    make("second/searchd", "1.70")
    rclone = replace(SEARCH, name="rclone", must=("serve_s3",))
    found = taken(rclone)
    assert found.version == "1.70"
    assert found.passed[0].endswith("Version 1.60 lacks serve_s3")


def test_a_missing_program_says_what_stands_in_and_how_to_have_it() -> None:
    missing = find()
    assert str(missing) == (
        "search was not found; in its place: PostgreSQL's own text search;"
        ' to have it: pip install "tenfold[stack]" or the Debian package search-server'
    )
    bare = find(BinaryNeed("search", ("searchd",)))
    assert str(bare) == "search was not found; to have it: install search so that it is on PATH"


def test_a_wheel_without_the_executable_bit_is_told(wheel: Path) -> None:
    wheel.chmod(0o644)
    missing = find()
    assert isinstance(missing, Missing)
    assert missing.tried == (f"{wheel}: It is not executable (chmod +x {wheel})",)


def test_a_console_script_beside_the_interpreter_is_the_wheels(
    wheel: Path, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = make("venv/bin/searchd", "3.0")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv/bin/python"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'venv/bin'}:/bin")
    found = taken(replace(SEARCH, inside="bin:searchd"))
    assert (found.path, found.origin) == (str(script), "wheel")


def test_a_path_that_is_set_wins_over_all(make: Make, wheel: Path) -> None:
    make("first/searchd", "2.0")
    mine = make("mine/searchd-debug", "2.2")
    found = taken(wish=str(mine), wheels=True)
    assert (found.path, found.origin, found.version) == (str(mine), "setting", "2.2")


def test_the_word_wheel_asks_for_the_wheel(make: Make, wheel: Path) -> None:
    make("first/searchd", "2.0")
    assert taken(wish="wheel").path == str(wheel)


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ("/nowhere/searchd", "There is no such program"),
        ("wheel", "search-wheel is not installed beside Tenfold"),
    ],
)
def test_a_wish_that_cannot_be_had_is_an_error(make: Make, wish: str, why: str) -> None:
    make("first/searchd", "2.0")
    with pytest.raises(TenfoldError) as caught:
        find(wish=wish)
    assert caught.value.what == f"search cannot be had as it is set: {wish}."
    assert why in caught.value.why
    assert caught.value.next_step


def test_a_set_program_that_fails_is_an_error(make: Make) -> None:
    broken = make("mine/searchd", lines="echo 'libssl.so.3: cannot open shared object file'; exit 1")
    with pytest.raises(TenfoldError, match="cannot open shared object"):
        find(wish=str(broken))
    plain = make("mine/notes", "1.0", mode=0o644)
    with pytest.raises(TenfoldError, match="It is not executable"):
        find(wish=str(plain))


def test_a_program_that_never_answers_is_given_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "SECONDS", 0.05)
    make("first/searchd", lines="exec sleep 30")
    missing = find(replace(SEARCH, wheel=""))
    assert isinstance(missing, Missing)
    assert "no answer in 0.05 s" in missing.tried[0]


def test_a_wish_about_an_unknown_program_is_refused_with_the_nearest() -> None:
    refuse_unknown({"nginx": "wheel"}, ("nginx", "postgres"))
    with pytest.raises(TenfoldError, match='Did you mean "nginx"'):
        refuse_unknown({"ngnix": "wheel"}, ("nginx", "postgres"))


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18"),
        ("nginx version: nginx/1.31.3", "1.31.3"),
        ("Valkey server v=9.1.2 sha=00000000:1 malloc=libc bits=64", "9.1.2"),
        ("PgBouncer 1.18.0\nlibevent 2.1.12-stable", "1.18.0"),
        ("varnishd (varnish-7.1.1 revision 7cee1c581bead)", "7.1.1"),
        ("prometheus, version 2.42.0+ds (branch: debian/sid)", "2.42.0"),
        ("postgres (PostgreSQL) 19beta1", "19"),
        ("rclone v1.75.2\n- os/version: debian 12.11 (64 bit)", "1.75.2"),
        ("no number", ""),
    ],
)
def test_versions_are_read_as_programs_say_them(answer: str, version: str) -> None:
    assert read_version(answer) == version


@pytest.mark.parametrize(
    ("system", "machine", "names"),
    [
        ("linux", "x86_64", ["linux-x86_64"]),
        ("linux", "aarch64", ["linux-aarch64", "linux-arm64"]),
        ("darwin", "arm64", ["macos-arm64", "macos-aarch64", "darwin-arm64", "darwin-aarch64"]),
    ],
)
def test_machines_go_by_the_names_that_wheels_use(system: str, machine: str, names: list[str]) -> None:
    assert list(machines(system, machine)) == names
