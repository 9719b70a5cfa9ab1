from __future__ import annotations

import pytest

from tenfold.errors import TopologyError
from tenfold.topology.memory import limit_worker, needed_memory
from tenfold.topology.model import Work
from tests.topology.machines import GIB, make_machine, sized


def test_a_tenth_of_the_machine_is_left_to_the_system() -> None:
    assert sized(make_machine(gibibytes=10)).memory_budget.whole == 10_240 - 1024


def test_a_wish_is_the_budget_in_full() -> None:
    made = sized(memory=4 * GIB)
    assert made.memory_budget.whole == 4096
    assert needed_memory(made) <= 4096


def test_a_wish_beyond_the_machine_is_refused() -> None:
    with pytest.raises(TopologyError, match="may take 16384 MiB of memory, and the machine has 8192"):
        sized(memory=16 * GIB)


def test_a_machine_too_small_for_one_core_is_refused_with_the_sum_printed() -> None:
    with pytest.raises(TopologyError) as caught:
        sized(make_machine(2, gibibytes=0.5))
    text = str(caught.value)
    assert "MiB do not fit the 448 MiB" in text
    assert "\n  postgres: " in text
    assert "\n  worker: 160 MiB (parent 64 + children 1 x 96)\n" in text
    assert 'replicas = 0 or without = ["worker"] in [tool.tenfold.up]' in text


def test_wished_workers_that_do_not_fit_are_refused_by_their_key() -> None:
    with pytest.raises(TopologyError, match="Set workers or worker-concurrency lower"):
        sized(make_machine(2, gibibytes=2), workers=40)


def test_a_gibibyte_holds_the_whole_stack_of_one_core() -> None:
    made = sized(make_machine(1, gibibytes=1))
    assert {share.service for share in made.memory} >= {
        "postgres",
        "replica-1",
        "cache",
        "broker",
        "app-1",
        "worker",
    }


def test_more_cores_than_memory_run_fewer_processes_and_say_so() -> None:
    made = sized(make_machine(64, gibibytes=4))
    assert 1 <= made.app.workers.whole < 32
    assert "of 64 cores' processes" in made.app.workers.reason
    assert "; memory for " in made.app.workers.reason
    assert needed_memory(made) <= made.memory_budget.whole


def test_a_wished_number_is_kept_where_the_rest_shrinks() -> None:
    made = sized(make_machine(64, gibibytes=4), workers=4)
    assert made.app.instances.whole * made.app.workers.whole == 4
    assert made.app.workers.reason.startswith("as configured")
    assert "memory for" not in made.app.workers.reason
    assert made.tasks.concurrency.whole < 64


def test_shares_name_the_services_that_run() -> None:
    plain = {share.service for share in sized(work=Work(replicas=0)).memory}
    assert plain == {"supervisor", "postgres", "cache", "edge", "app-1", "app-2"}
    assert "pooler" in {share.service for share in sized(work=Work(pooler=True)).memory}


def test_the_limit_of_a_worker_is_its_share_where_that_is_enough_to_start() -> None:
    assert limit_worker(700).value == 700
    assert limit_worker(100).value == 256


def test_large_machines_give_postgres_a_quarter_shared_by_its_replicas() -> None:
    made = sized(make_machine(8, gibibytes=32), Work(replicas=1))
    assert made.database.shared_buffers.whole == made.memory_budget.whole // 8


def test_small_machines_give_postgres_an_eighth() -> None:
    made = sized(make_machine(1, gibibytes=2), Work(replicas=0))
    assert made.database.shared_buffers.whole == made.memory_budget.whole // 8


def test_buffers_stop_where_huge_pages_would_be_needed() -> None:
    assert sized(make_machine(8, gibibytes=512)).database.shared_buffers.value == 8192


def test_services_that_are_added_take_their_share() -> None:
    added = sized(work=Work(services=("mail", "storage", "varnish", "unheard-of")))
    shares = {share.service: share.mebibytes for share in added.memory}
    assert shares["storage"] == 91
    assert shares["varnish"] == 8 + added.edge.page_cache.whole
    assert "mail" in shares
    assert "unheard-of" not in shares


def test_rabbitmq_takes_more_than_valkey_as_a_broker() -> None:
    plain, rabbit = (
        next(share for share in sized(work=Work(tasks=True, broker=name)).memory if share.service == "broker")
        for name in ("valkey", "rabbitmq")
    )
    assert rabbit.mebibytes - plain.mebibytes == 137 - 8


def test_a_broker_holds_more_messages_on_a_larger_machine() -> None:
    small, large = (
        next(
            share for share in sized(make_machine(1, gibibytes=gibibytes)).memory if share.service == "broker"
        )
        for gibibytes in (1, 16)
    )
    assert small.mebibytes == 8 + 32
    assert large.mebibytes == 8 + (16_384 - 1638) // 32
