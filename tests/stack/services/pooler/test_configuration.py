from __future__ import annotations

import re

from tenfold.stack.services.pooler.configuration import Between, render_pooler, render_users
from tenfold.topology.model import Machine, Work
from tenfold.topology.sizing import size

TOPOLOGY = size(Machine(cores=2, memory=4 * 1024**3, open_files=65_536), Work(pooler=True))
BETWEEN = Between(
    port=20532,
    server_host="/srv/it's/run",
    server_port=20432,
    database="app",
    access_file="/srv/hba.conf",
    users_file="/srv/users.txt",
)


def settings_of(text: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+) = ?(.*)$", text, re.MULTILINE))


def test_the_pool_has_the_sizes_of_the_topology() -> None:
    found = settings_of(render_pooler(TOPOLOGY, BETWEEN, prepares=False))
    assert found["pool_mode"] == "transaction"
    assert found["default_pool_size"] == str(TOPOLOGY.database.pooler_pool.value)
    assert found["max_client_conn"] == str(TOPOLOGY.database.pooler_clients.value)


def test_server_connections_carry_the_limits_of_requests() -> None:
    found = settings_of(render_pooler(TOPOLOGY, BETWEEN, prepares=False))
    milliseconds = round(TOPOLOGY.timeouts.statement.seconds * 1000)
    assert f"SET statement_timeout = {milliseconds};" in found["app"]


def test_a_quote_in_a_path_is_doubled() -> None:
    found = settings_of(render_pooler(TOPOLOGY, BETWEEN, prepares=False))
    assert found["app"].startswith("host='/srv/it''s/run' port=20432 dbname=app ")


def test_without_a_folder_no_socket_is_made() -> None:
    assert settings_of(render_pooler(TOPOLOGY, BETWEEN, prepares=False))["unix_socket_dir"] == ""


def test_a_client_gives_up_waiting_before_its_request_does() -> None:
    found = settings_of(render_pooler(TOPOLOGY, BETWEEN, prepares=False))
    assert int(found["query_wait_timeout"]) < TOPOLOGY.timeouts.app.seconds


def test_a_quote_in_a_password_stays_inside() -> None:
    assert render_users({"tenfold": 'a"b'}) == '"tenfold" "a""b"\n'
