from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.stack.export.catalogue import render_engine
from tenfold.stack.export.systemd.engine import unit_words
from tests.stack.export.example_input import make_input, make_topology

if TYPE_CHECKING:
    from tenfold.stack.export.input import ExportInput


def units(one: ExportInput) -> dict[str, str]:
    files = render_engine("systemd", one)
    return {f.path.removeprefix("units/"): f.text for f in files if f.path.startswith("units/")}


def services(one: ExportInput) -> dict[str, str]:
    return {name: text for name, text in units(one).items() if name.endswith(".service")}


def test_there_is_a_unit_for_every_service() -> None:
    assert sorted(units(make_input())) == [
        "shop-app@.service",
        "shop-broker.service",
        "shop-cache.service",
        "shop-edge.service",
        "shop-migrate.service",
        "shop-pooler.service",
        "shop-scheduler.service",
        "shop-worker.service",
        "shop.target",
    ]


def test_the_target_starts_every_instance_and_one_scheduler() -> None:
    one = make_input()
    wants = next(line for line in units(one)["shop.target"].splitlines() if line.startswith("Wants="))
    assert wants.count("shop-scheduler.service") == 1
    for number in one.instances:
        assert f"shop-app@{number}.service" in wants
    assert "shop-migrate" not in wants


@pytest.mark.parametrize(
    "line",
    [
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        "SystemCallFilter=@system-service",
        "UMask=0077",
    ],
)
def test_every_unit_is_hardened(line: str) -> None:
    for name, text in services(make_input()).items():
        assert f"\n{line}\n" in text, name


def test_only_the_edge_has_a_capability() -> None:
    for name, text in services(make_input()).items():
        wanted = "CAP_NET_BIND_SERVICE" if name == "shop-edge.service" else ""
        assert f"\nCapabilityBoundingSet={wanted}\n" in text, name


def test_limits_and_time_to_stop_are_the_topologys() -> None:
    one = make_input()
    text = services(one)
    assert f"TimeoutStopSec={one.topology.timeouts.graceful.whole + 5}\n" in text["shop-app@.service"]
    assert f"MemoryMax={one.mebibytes('app-1')}M\n" in text["shop-app@.service"]
    assert f"MemoryMax={one.mebibytes('worker')}M\n" in text["shop-worker.service"]
    assert f"LimitNOFILE={one.topology.edge.open_files.whole}\n" in text["shop-edge.service"]


def test_a_server_that_can_say_so_tells_when_it_is_ready() -> None:
    assert "Type=notify\n" in services(make_input())["shop-app@.service"]
    granian = make_input(topology=make_topology(server="granian"))
    assert "Type=exec\n" in services(granian)["shop-app@.service"]


def test_an_instance_is_told_apart_by_its_socket() -> None:
    one = make_input()
    assert "unix:/run/shop/app-%i.sock" in services(one)["shop-app@.service"]
    nginx = next(f.text for f in render_engine("systemd", one) if f.path == "etc/nginx.conf")
    for number in one.instances:
        assert f"server unix:/run/shop/app-{number}.sock " in nginx


def test_words_are_read_by_systemd_as_they_are() -> None:
    assert unit_words(("run", "100%", "a b", 'say "x"')) == 'run 100%% "a b" "say \\"x\\""'
    assert unit_words(("x", "$HOME", "app-%i.sock"), keep="%i") == "x $$HOME app-%i.sock"
    assert unit_words(("x", "")) == 'x ""'


def test_secrets_are_no_part_of_the_installed_files() -> None:
    files = render_engine("systemd", make_input())
    etc = [file for file in files if file.path.startswith("etc/")]
    assert not [file.path for file in etc if "CHANGE_ME" in file.text]
    script = next(file.text for file in files if file.path == "install.sh")
    assert '[ -e "/etc/shop/$name" ] ||' in script
