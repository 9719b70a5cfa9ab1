from __future__ import annotations

import re

from tenfold.stack.services.postgres.configuration import (
    Following,
    Listening,
    connection_limits,
    connection_string,
    quote_setting,
    render_access,
    render_settings,
)
from tests.stack.example_site import make_site

TOPOLOGY = make_site().topology


def settings_of(text: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+) = (.+)$", text, re.MULTILINE))


def test_the_sizes_are_those_of_the_topology() -> None:
    found = settings_of(render_settings(TOPOLOGY, Listening(20432)))
    assert found["max_connections"] == str(TOPOLOGY.database.max_connections.value)
    assert found["shared_buffers"] == f"{TOPOLOGY.database.shared_buffers.value}MB"
    assert found["work_mem"] == f"{TOPOLOGY.database.work_mem.value}MB"


def test_what_was_committed_is_on_disk() -> None:
    found = settings_of(render_settings(TOPOLOGY, Listening(20432)))
    assert (found["fsync"], found["full_page_writes"], found["synchronous_commit"]) == ("on", "on", "on")


def test_the_server_itself_cuts_no_statement() -> None:
    found = settings_of(render_settings(TOPOLOGY, Listening(20432)))
    assert not found.keys() & connection_limits(TOPOLOGY).keys(), "migrations use the same server"


def test_the_limits_of_connections_are_milliseconds_of_the_ladder() -> None:
    limits = connection_limits(TOPOLOGY)
    assert float(limits["statement_timeout"]) == TOPOLOGY.timeouts.statement.seconds * 1000
    assert float(limits["lock_timeout"]) < float(limits["statement_timeout"])


def test_a_slot_never_fills_the_disk_of_the_primary() -> None:
    found = settings_of(render_settings(TOPOLOGY, Listening(20432)))
    assert found["max_slot_wal_keep_size"] == "1024MB"


def test_a_replica_gets_the_same_settings_and_whom_it_follows() -> None:
    listening, following = Listening(20433), Following("host='x'", "replica_1", lag=1.5)
    primary = settings_of(render_settings(TOPOLOGY, listening))
    replica = settings_of(render_settings(TOPOLOGY, listening, following=following))
    added = {name: value for name, value in replica.items() if name not in primary}
    assert added == {
        "primary_conninfo": "'host=''x'''",
        "primary_slot_name": "'replica_1'",
        "recovery_min_apply_delay": "'1500ms'",
    }
    assert {name: replica[name] for name in primary} == primary


def test_odd_paths_are_quoted_for_the_settings_file() -> None:
    assert quote_setting("it's a \\ path") == "'it''s a \\\\ path'"
    found = settings_of(render_settings(TOPOLOGY, Listening(1, sockets="/srv/o'dd, folder")))
    assert found["unix_socket_directories"] == "'\"/srv/o''dd, folder\"'", (
        "a comma divides nothing inside quotes"
    )


def test_a_connection_string_leaves_out_what_is_empty() -> None:
    assert connection_string({"host": "it's", "passfile": ""}) == r"host='it\'s'"


def test_hosts_need_a_password_and_the_socket_does_not() -> None:
    lines = [line.split() for line in render_access().splitlines() if not line.startswith("#")]
    assert {line[-1] for line in lines if line[0] == "local"} == {"trust"}
    assert {line[-1] for line in lines if line[0] == "host"} == {"scram-sha-256"}
    assert {line[1] for line in lines} == {"all", "replication"}
    assert "replication" not in render_access(replication=False)
