from __future__ import annotations

import json
from dataclasses import replace

from tenfold.stack.services.broker.rabbitmq import (
    LEAST_MEMORY,
    node_environment,
    plan_rabbitmq,
    read_release,
    render_definitions,
    render_rabbitmq,
)
from tests.stack.example_site import make_site

SITE = make_site(config={"broker": "rabbitmq"})


def test_a_node_keeps_to_the_folder_of_the_stack() -> None:
    found = node_environment(SITE)
    assert found["RABBITMQ_CONF_ENV_FILE"] == "/dev/null", "the machine's own file would win"
    for name in ("RABBITMQ_MNESIA_BASE", "RABBITMQ_LOG_BASE", "RABBITMQ_PID_FILE", "HOME"):
        assert found[name].startswith("/srv/shop/.tenfold/")


def test_a_node_finds_its_data_again_on_another_port() -> None:
    moved = replace(SITE, ports={name: port + 7 for name, port in SITE.ports.items()})
    assert node_environment(moved)["RABBITMQ_NODENAME"] == node_environment(SITE)["RABBITMQ_NODENAME"]


def test_the_application_s_user_may_do_everything_in_its_virtual_host() -> None:
    found = json.loads(render_definitions('se"cret'))
    assert found["users"] == [{"name": "tenfold", "password": 'se"cret', "tags": "administrator"}]
    assert found["permissions"][0]["vhost"] == "/"


def test_the_password_stands_in_a_file_that_nobody_else_reads() -> None:
    broker = list(plan_rabbitmq(SITE, SITE.binaries["rabbitmq"], memory=300))[1]
    holding = [file for file in broker.files if "broker-secret" in file.text]
    assert [file.mode for file in holding] == [0o600]
    assert "broker-secret" not in str(broker.command)


def test_the_broker_gets_the_memory_it_needs_to_start() -> None:
    text = render_rabbitmq(address="127.0.0.1:1", memory=40, definitions="/x")
    assert f"vm_memory_high_watermark.absolute = {LEAST_MEMORY}MiB" in text
    assert "absolute = 900MiB" in render_rabbitmq(address="127.0.0.1:1", memory=900, definitions="/x")


def test_the_release_is_read_from_where_the_server_stands() -> None:
    assert read_release("/usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin/rabbitmq-server") == "3.10.8"
    assert read_release("/opt/bin/rabbitmq-server") == ""
