from __future__ import annotations

from dataclasses import replace

import pytest

from tenfold.stack.service import Answers, Binary
from tenfold.stack.services.valkey import Store, describe_server, plan_valkey, render_valkey
from tests.stack.example_site import make_site

CACHE = Store(port=20379, folder="/srv/x", memory=64, clients=100, evicts=True, persists=False)
BROKER = replace(CACHE, evicts=False, persists=True)


def settings_of(store: Store) -> dict[str, str]:
    lines = (line for line in render_valkey(store).splitlines() if not line.startswith("#"))
    return dict(line.split(maxsplit=1) for line in lines)


def test_a_cache_forgets_and_keeps_nothing_on_disk() -> None:
    found = settings_of(CACHE)
    assert (found["maxmemory"], found["maxmemory-policy"]) == ("64mb", "allkeys-lru")
    assert (found["appendonly"], found["save"]) == ("no", '""')


def test_a_queue_forgets_nothing_and_is_on_disk() -> None:
    found = settings_of(BROKER)
    assert (found["maxmemory"], found["maxmemory-policy"]) == ("64mb", "noeviction")
    assert (found["appendonly"], found["appendfsync"]) == ("yes", "everysec")


def test_nobody_but_this_machine_reaches_it_unless_told() -> None:
    assert settings_of(CACHE)["bind"] == "127.0.0.1"
    assert settings_of(replace(CACHE, address="*"))["bind"] == "*"


def test_an_odd_folder_is_one_word_of_the_file() -> None:
    assert settings_of(replace(CACHE, folder='/srv/my "odd" \\ one'))["dir"] == r'"/srv/my \"odd\" \\ one"'


@pytest.mark.parametrize(
    ("path", "expected"), [("/usr/bin/redis-server", "Redis 7.0.15"), ("/x/valkey-server", "Valkey 7.0.15")]
)
def test_a_server_goes_by_its_own_name(path: str, expected: str) -> None:
    assert describe_server(Binary("valkey", path, "path", "7.0.15")) == expected


def test_a_server_admits_as_many_files_as_it_has_clients() -> None:
    service = plan_valkey(make_site(), "cache", CACHE, binary=Binary("valkey", "/x/valkey-server", "path"))
    assert service.open_files > CACHE.clients
    assert service.ready == Answers(port=20379, send="PING\r\n", expect="+PONG")
    assert service.shell is not None
    assert service.shell.words[-1] == "20379"
