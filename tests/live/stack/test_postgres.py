"""A primary and its replica, driven by hand: what is kept, what follows, what is copied anew."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.addresses import database_url
from tenfold.stack.runner.strays import end_strays
from tenfold.stack.service import Command
from tenfold.stack.services.postgres.clients import (
    SECONDS_BEHIND,
    ask,
    ask_monitor,
    lag_file,
    reach_server,
    render_lag,
)
from tenfold.stack.services.postgres.service import NEEDS, plan
from tests.live.stack.driving import find_binary, run, run_steps, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.stack.service import Service
    from tenfold.stack.site import Site
    from tests.live.stack.driving import Driver

    MakeSite = Callable[..., Site]
    Driving = Callable[[Site], Driver]

pytestmark = pytest.mark.live
COPIED = "The primary is copied"


def services_of(site: Site) -> dict[str, Service]:
    return {service.name: service for service in plan(site)}


def start_all(driver: Driver) -> None:
    for service in plan(driver.site):
        driver.start(service)


def query(site: Site, sql: str, port: str = "postgres") -> str:
    return run(site, ask(reach_server(site, port), sql))


def write(site: Site, number: int) -> None:
    query(site, f"create table if not exists kept (n int); insert into kept values ({number})")


def arrived(site: Site, number: int) -> bool:
    found = query(site, "select to_regclass('kept') is not null", "replica-1") == "t"
    return found and str(number) in query(site, "select n from kept", "replica-1").split()


def await_arrival(site: Site, number: int) -> None:
    wait_until(lambda: arrived(site, number), f"{number} on the replica")


@pytest.fixture
def site(site_with: MakeSite) -> Site:
    return site_with(*NEEDS, wheel=True)


@pytest.mark.parametrize(
    ("wheel", "folder"),
    [(True, "shop"), (True, "it's an odd one"), (True, "deep/" * 20), (False, "shop")],
    ids=["wheel", "odd folder", "too deep for a socket", "PATH"],
)
def test_what_is_written_to_the_primary_arrives_on_the_replica(
    site_with: MakeSite, driving: Driving, *, wheel: bool, folder: str
) -> None:
    site = site_with(*NEEDS, wheel=wheel, folder=folder)
    start_all(driving(site))
    write(site, 1)
    await_arrival(site, 1)
    replica = reach_server(site, "replica-1")
    wait_until(lambda: float(run(site, ask_monitor(replica, SECONDS_BEHIND))) == 0, "no lag")
    assert run(
        site, ask_monitor(reach_server(site), "select slot_name, active from pg_replication_slots")
    ) == ("replica_1|t")


def test_the_application_logs_in_over_tcp_with_its_password(site: Site, driving: Driving) -> None:
    start_all(driving(replace(site, config=replace(site.config, replicas=0))))
    psql = f"{site.binaries['postgres'].folder}/psql"
    made = Command((psql, "-XAt", database_url(site), "-c", "select current_user, current_database()"))
    assert run(site, made) == "tenfold|app"
    wrong = database_url(site).replace("database-secret", "wrong")
    with pytest.raises(AssertionError, match="password authentication failed"):
        run(site, Command((psql, "-XAt", wrong, "-c", "select 1")))


def test_the_application_owns_its_database_and_nothing_more(site: Site, driving: Driving) -> None:
    start_all(driving(replace(site, config=replace(site.config, replicas=0))))
    for allowed in ("create extension pg_trgm", "create database test_app", "drop database test_app"):
        query(site, allowed)
    assert query(site, "select rolsuper or rolreplication from pg_roles where rolname = 'tenfold'") == "f"
    with pytest.raises(AssertionError, match=r"permission denied|must be superuser"):
        query(site, "copy (select 1) to '/dev/null'")


def test_statistics_of_statements_are_kept_outside_the_project_s_database(
    site: Site, driving: Driving
) -> None:
    start_all(driving(replace(site, config=replace(site.config, replicas=0))))
    query(site, "select 4711")
    counted = "select count(*) > 0 from pg_stat_statements where query like 'select %'"
    assert run(site, ask_monitor(reach_server(site), counted)) == "t"
    assert query(site, "select count(*) from pg_extension where extname <> 'plpgsql'") == "0"


def test_a_second_start_makes_and_copies_nothing(site: Site, driving: Driving) -> None:
    driver = driving(site)
    start_all(driver)
    write(site, 1)
    driver.stop_all()
    assert run_steps(site, services_of(site)["postgres"]) == []
    start_all(driver)
    await_arrival(site, 1)
    assert driver.log("replica-1").count(COPIED) == 1


def set_lag(driver: Driver, seconds: float) -> None:
    """As the supervisor does it: the file is written, the server told to read it."""
    Path(driver.site.path(lag_file("replica-1"))).write_text(render_lag(seconds), encoding="ascii")
    assert driver.services["replica-1"].reload_signal == "HUP"
    driver.running["replica-1"].send_signal(signal.SIGHUP)


def test_lag_is_injected_and_seen_and_taken_back(site: Site, driving: Driving) -> None:
    driver = driving(site)
    start_all(driver)
    write(site, 1)
    await_arrival(site, 1)
    set_lag(driver, 300)
    write(site, 2)
    replica = reach_server(site, "replica-1")
    wait_until(lambda: float(run(site, ask_monitor(replica, SECONDS_BEHIND))) > 0.2, "lag")
    assert not arrived(site, 2)
    set_lag(driver, 0)
    await_arrival(site, 2)
    wait_until(lambda: float(run(site, ask_monitor(replica, SECONDS_BEHIND))) == 0, "no lag")


def test_a_replica_starts_as_late_as_the_plan_says(site: Site, driving: Driving) -> None:
    late = replace(site, lag=300.0)
    driver = driving(late)
    start_all(driver)
    write(site, 1)
    replica = reach_server(site, "replica-1")
    wait_until(lambda: float(run(site, ask_monitor(replica, SECONDS_BEHIND))) > 0, "lag")
    driver.kill("replica-1")
    driver.start(services_of(late)["replica-1"])
    assert not arrived(site, 1)


def test_a_killed_primary_keeps_what_was_committed(site: Site, driving: Driving) -> None:
    driver = driving(site)
    start_all(driver)
    write(site, 1)
    driver.kill("postgres")
    driver.start(services_of(site)["postgres"])
    assert query(site, "select n from kept") == "1"
    write(site, 2)
    await_arrival(site, 2)
    assert driver.log("replica-1").count(COPIED) == 1, "the replica found its primary again by itself"


def test_a_killed_replica_goes_on_where_it_was(site: Site, driving: Driving) -> None:
    driver = driving(site)
    start_all(driver)
    write(site, 1)
    await_arrival(site, 1)
    driver.kill("replica-1")
    write(site, 2)
    driver.start(services_of(site)["replica-1"])
    await_arrival(site, 2)
    assert driver.log("replica-1").count(COPIED) == 1


def test_a_replica_serves_what_it_has_while_its_primary_is_down(site: Site, driving: Driving) -> None:
    driver = driving(replace(site, lag=0.001))
    start_all(driver)
    write(site, 1)
    await_arrival(site, 1)
    driver.stop("replica-1")
    driver.kill("postgres")
    driver.start(services_of(driver.site)["replica-1"])
    assert arrived(site, 1)
    assert "serving what is here" in driver.log("replica-1")


def test_a_replica_of_a_removed_primary_is_copied_anew(site: Site, driving: Driving) -> None:
    driver = driving(site)
    start_all(driver)
    write(site, 1)
    driver.stop_all()
    shutil.rmtree(site.path("data/postgres"))
    start_all(driver)
    write(site, 7)
    await_arrival(site, 7)
    assert not arrived(site, 1)
    assert "its data come from another primary" in driver.log("replica-1")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: (data / "standby.signal").unlink(), "it was promoted"),
        (lambda data: (data / "global" / "pg_control").write_bytes(b""), "no data yet"),
        (lambda data: shutil.rmtree(data), "no data yet"),
    ],
    ids=["promoted", "spoilt", "removed"],
)
def test_a_replica_whose_data_cannot_follow_is_copied_anew(
    site: Site, driving: Driving, spoil: Callable[[Path], object], reason: str
) -> None:
    driver = driving(site)
    start_all(driver)
    write(site, 1)
    driver.kill("replica-1")
    spoil(Path(site.path("data/replica-1")))
    driver.start(services_of(site)["replica-1"])
    await_arrival(site, 1)
    assert reason in driver.log("replica-1").rpartition(COPIED)[2]


def test_a_replica_that_was_away_for_too_long_is_copied_anew(site: Site, driving: Driving) -> None:
    driver = driving(site)
    start_all(driver)
    driver.stop("replica-1")
    for setting in ("max_slot_wal_keep_size = '1MB'", "wal_keep_size = 0"):
        run(site, ask_monitor(reach_server(site), f"alter system set {setting}"))
    run(site, ask_monitor(reach_server(site), "select pg_reload_conf()"))
    for number in range(4):
        write(site, number)
        run(site, ask_monitor(reach_server(site), "select pg_switch_wal()"))
        run(site, ask_monitor(reach_server(site), "checkpoint"))
    driver.start(services_of(site)["replica-1"])
    await_arrival(site, 3)
    assert "away for longer" in driver.log("replica-1")


def test_fewer_connections_than_before_do_not_stop_the_replica(site: Site, driving: Driving) -> None:
    driver = driving(site)
    start_all(driver)
    write(site, 1)
    driver.stop_all()
    size = site.topology.database
    fewer = replace(size.max_connections, value=size.max_connections.whole - 10)
    lowered = replace(site, topology=replace(site.topology, database=replace(size, max_connections=fewer)))
    driver.site = lowered
    # The replica reads of the lower limit only after it has started with the one that it knows.
    start_all(driver)
    write(site, 2)
    await_arrival(site, 2)
    assert query(site, "show max_connections") == str(fewer.value)
    assert driver.log("replica-1").count(COPIED) == 1


def test_lost_secrets_are_made_anew_without_losing_data(site: Site, driving: Driving) -> None:
    driver = driving(replace(site, config=replace(site.config, replicas=0)))
    start_all(driver)
    write(site, 1)
    driver.stop_all()
    driver.site = replace(driver.site, secrets={**site.secrets, "database": "quite'another"})
    start_all(driver)
    psql = f"{site.binaries['postgres'].folder}/psql"
    over_tcp = ("-h", "127.0.0.1", "-p", str(site.ports["postgres"]), "-U", "tenfold", "app")
    made = Command((psql, "-XAt", *over_tcp, "-c", "select n from kept"), {"PGPASSWORD": "quite'another"})
    assert run(site, made) == "1"


def test_a_cluster_that_was_interrupted_is_made_whole(site: Site, driving: Driving) -> None:
    half = Path(site.path("data/postgres.new"))
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n", encoding="ascii")
    start_all(driving(replace(site, config=replace(site.config, replicas=0))))
    assert query(site, "select 1") == "1"
    assert not half.exists()


def test_files_that_are_no_cluster_are_not_touched(site: Site) -> None:
    foreign = Path(site.path("data/postgres/holiday.jpg"))
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine", encoding="ascii")
    service = services_of(site)["postgres"]
    with pytest.raises(AssertionError, match="holds files but no database cluster"):
        run_steps(site, service)
    assert foreign.read_text(encoding="ascii") == "mine"


def test_data_of_another_version_are_kept_and_named(site: Site, driving: Driving) -> None:
    other = find_binary(NEEDS[0], wheel=False)
    if other is None or other.version.partition(".")[0] == "18":
        pytest.skip("only one version of PostgreSQL is here")
    driver = driving(replace(site, config=replace(site.config, replicas=0)))
    start_all(driver)
    driver.stop_all()
    (service,) = plan(replace(driver.site, binaries={"postgres": other}))
    with pytest.raises(AssertionError, match=r"holds data of PostgreSQL 18.*Set binaries"):
        run_steps(site, service)
    start_all(driver)


def test_a_query_that_outlives_its_server_does_not_keep_the_next_one_out(
    site: Site, driving: Driving
) -> None:
    driver = driving(replace(site, config=replace(site.config, replicas=0)))
    start_all(driver)
    command = ask(reach_server(site), "select count(*) from generate_series(1, 10000000000)")
    counting = (
        "select count(*) from pg_stat_activity where query like 'select count%series%' and state = 'active'"
    )
    with subprocess.Popen(command.words, env={**os.environ, **command.environment}, stderr=-3) as client:
        asked = ask_monitor(reach_server(site), counting)
        wait_until(lambda: int(run(site, asked)) > 1, "the query runs")
        driver.kill("postgres")
        (service,) = plan(driver.site)
        assert len(end_strays(service, Path(site.folder))) >= 1
        client.wait()
    driver.start(service)


def test_a_replica_that_is_no_more_keeps_no_wal_back(site: Site, driving: Driving) -> None:
    driver = driving(site)
    start_all(driver)
    driver.stop_all()
    driver.site = replace(site, config=replace(site.config, replicas=0))
    start_all(driver)
    assert run(site, ask_monitor(reach_server(site), "select count(*) from pg_replication_slots")) == "0"
    driver.stop_all()
    driver.site = site
    start_all(driver)
    write(site, 1)
    await_arrival(site, 1)
    assert "its primary kept no WAL for it" in driver.log("replica-1")
