"""Cache, broker and pooler as they are planned, on the programs that this machine has."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.addresses import broker_url
from tenfold.stack.service import Command
from tenfold.stack.services.broker import service as broker
from tenfold.stack.services.broker.rabbitmq import RABBITMQ
from tenfold.stack.services.cache import service as cache
from tenfold.stack.services.cache.service import MEMCACHED
from tenfold.stack.services.pooler import service as pooler
from tenfold.stack.services.postgres import service as postgres
from tenfold.stack.services.postgres.clients import ask, reach_server
from tenfold.stack.services.valkey import VALKEY
from tenfold.topology.model import Machine, Work
from tenfold.topology.sizing import size
from tests.live.stack.driving import PATIENCE, run, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.stack.site import Site
    from tests.live.stack.driving import Driver

    MakeSite = Callable[..., Site]
    Driving = Callable[[Site], Driver]

pytestmark = pytest.mark.live
BOTH = pytest.mark.parametrize("wheel", [True, False], ids=["wheel", "PATH"])


def say(port: int, *lines: str) -> str:
    """What a server that reads lines answers to all of them; it is told to close after the last."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall("".join(f"{line}\r\n" for line in (*lines, "quit")).encode())
        return b"".join(iter(lambda: one.recv(65_536), b"")).decode()


@BOTH
def test_a_full_cache_makes_room_and_keeps_nothing_on_disk(
    site_with: MakeSite, driving: Driving, *, wheel: bool
) -> None:
    site = site_with(VALKEY, wheel=wheel, folder="it's an odd one")
    size_of_cache = replace(site.topology.cache, max_memory=replace(site.topology.cache.max_memory, value=8))
    site = replace(site, topology=replace(site.topology, cache=size_of_cache))
    driver = driving(site)
    (service,) = cache.plan(site)
    driver.start(service)
    port = site.ports["cache"]
    answers = say(port, *(f"set key-{number} {'x' * 10_000}" for number in range(2_000)))
    assert answers.count("+OK") >= 2_000
    assert "-OOM" not in answers
    evicted = next(line for line in say(port, "info stats").splitlines() if "evicted_keys" in line)
    assert int(evicted.partition(":")[2]) > 0
    driver.kill("cache")
    driver.start(service)
    assert ":0\r\n" in say(port, "dbsize")


@BOTH
def test_a_killed_broker_has_every_task_that_it_took(
    site_with: MakeSite, driving: Driving, *, wheel: bool
) -> None:
    site = site_with(VALKEY, wheel=wheel, folder="it's an odd one")
    driver = driving(site)
    (service,) = broker.plan(site)
    driver.start(service)
    port = site.ports["broker"]
    say(port, *(f"rpush celery task-{number}" for number in range(500)))
    driver.kill("broker")
    driver.start(service)
    assert ":500\r\n" in say(port, "llen celery")


def test_a_full_broker_refuses_rather_than_forgets(site_with: MakeSite, driving: Driving) -> None:
    site = site_with(VALKEY, wheel=True)
    driver = driving(site)
    (service,) = broker.plan(site)
    driver.start(service)
    port = site.ports["broker"]
    say(port, "rpush celery first", "config set maxmemory 1mb")
    assert "-OOM" in say(port, f"rpush celery {'x' * 60_000}")
    assert "first" in say(port, "lindex celery 0")


def test_the_shell_of_the_cache_talks_to_it(
    site_with: MakeSite, driving: Driving, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_with(VALKEY, wheel=True)
    (service,) = cache.plan(site)
    driving(site).start(service)
    monkeypatch.setenv("PATH", "/nowhere")  # neither valkey-cli nor redis-cli
    assert service.shell is not None
    lines = "set greeting 'good day'\nget greeting\nhgetall none\nnonsense\n"
    shown = run(site, Command(service.shell.words, input=lines))
    assert '"good day"' in shown
    assert "(error)" in shown


def test_memcached_answers_on_its_port(site_with: MakeSite, driving: Driving) -> None:
    site = site_with(MEMCACHED, wheel=False, config={"cache": "memcached"})
    (service,) = cache.plan(site)
    driver = driving(site)
    driver.start(service)
    answers = say(site.ports["cache"], "set greeting 0 0 2", "hi", "get greeting")
    assert "STORED\r\nVALUE greeting 0 2\r\nhi" in answers
    assert driver.stop("cache") == 0


def test_many_clients_share_few_connections_and_a_transaction_keeps_its_own(
    site_with: MakeSite, driving: Driving
) -> None:
    site = site_with(*postgres.NEEDS, *pooler.NEEDS, wheel=False, config={"replicas": 0}, folder="it's odd")
    topology = size(Machine(cores=2, memory=4 * 1024**3, open_files=65_536), Work(pooler=True))
    site = replace(site, topology=topology)
    driver = driving(site)
    for service in (*postgres.plan(site), *pooler.plan(site)):
        driver.start(service)
    server = reach_server(site, "pooler")
    # One session of the client, two transactions: what one sets for itself ends with it.
    sql = "begin; set local work_mem = '77kB'; show work_mem; commit; show work_mem"
    assert run(site, replace(ask(server, ""), words=(*ask(server, "").words[:-2], "-f", "-"), input=sql)) == (
        "77kB\n" + run(site, ask(reach_server(site), "show work_mem"))
    )
    milliseconds = round(topology.timeouts.statement.seconds * 1000)
    shown = "select setting from pg_settings where name = 'statement_timeout'"
    assert run(site, ask(server, shown)) == str(milliseconds)
    assert run(site, ask(reach_server(site), shown)) == "0", "past the pooler nothing is cut"
    backends = {run(site, ask(server, "select pg_backend_pid()")) for _ in range(5)}
    assert len(backends) == 1, "each new client got the same server connection"


def test_the_pooler_asks_for_the_password_over_tcp(site_with: MakeSite, driving: Driving) -> None:
    site = site_with(*postgres.NEEDS, *pooler.NEEDS, wheel=False, config={"replicas": 0}, folder="deep/" * 20)
    site = replace(site, topology=size(Machine(2, 4 * 1024**3, 65_536), Work(pooler=True)))
    driver = driving(site)
    for service in (*postgres.plan(site), *pooler.plan(site)):
        driver.start(service)
    command = ask(reach_server(site, "pooler"), "select current_user")
    assert run(site, command) == "tenfold"
    wrong = {**command.environment, "PGPASSWORD": "wrong"}
    with pytest.raises(AssertionError, match=r"authentication failed"):
        run(site, replace(command, environment=wrong))


def test_the_pooler_finds_a_primary_that_was_killed_and_came_back(
    site_with: MakeSite, driving: Driving
) -> None:
    site = site_with(*postgres.NEEDS, *pooler.NEEDS, wheel=False, config={"replicas": 0})
    site = replace(site, topology=size(Machine(2, 4 * 1024**3, 65_536), Work(pooler=True)))
    driver = driving(site)
    (primary,) = postgres.plan(site)
    driver.start(primary)
    for service in pooler.plan(site):
        driver.start(service)
    driver.kill("postgres")
    driver.start(primary)
    command = ask(reach_server(site, "pooler"), "select 1")

    def answers() -> bool:
        try:
            return run(site, command) == "1"
        except AssertionError:
            return False

    wait_until(answers, "the pooler answers again")


@pytest.mark.slow
def test_rabbitmq_keeps_to_its_folder_and_leaves_nothing_running(
    site_with: MakeSite, driving: Driving
) -> None:
    site = site_with(RABBITMQ, wheel=False, config={"broker": "rabbitmq"})
    driver = driving(site)
    for service in broker.plan(site):
        driver.start(service)
    pids = {name: process.pid for name, process in driver.running.items()}
    shell = driver.services["broker"].shell
    assert shell is not None
    environment = {**shell.environment}
    rabbitmqctl = shell.words[0]
    logged_in = (rabbitmqctl, "authenticate_user", "tenfold", site.secrets["broker"])
    assert "Success" in run(site, Command(logged_in, environment))
    assert "Listing queues" in run(site, shell)
    driver.stop_all()
    for pid in pids.values():
        with pytest.raises(ProcessLookupError):
            os.killpg(pid, 0)


@pytest.mark.slow
def test_a_killed_rabbitmq_has_every_task_that_it_confirmed(site_with: MakeSite, driving: Driving) -> None:
    kombu = pytest.importorskip("kombu")
    site = site_with(RABBITMQ, wheel=False, config={"broker": "rabbitmq"})
    driver = driving(site)
    for service in broker.plan(site):
        driver.start(service)
    # Without confirmation a task may be lost that the server has not yet written.
    options = {"confirm_publish": True}
    with kombu.Connection(
        broker_url(site), transport_options=options, connect_timeout=PATIENCE
    ) as connection:
        queue = connection.SimpleQueue("celery")
        queue.put({"task": 1})
        queue.close()
    driver.kill("broker")
    driver.start(driver.services["broker"])
    with kombu.Connection(broker_url(site), connect_timeout=PATIENCE) as connection:
        queue = connection.SimpleQueue("celery")
        message = queue.get(timeout=PATIENCE)
        message.ack()
        queue.close()
    assert message.payload == {"task": 1}
