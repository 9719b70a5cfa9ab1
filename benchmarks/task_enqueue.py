"""What it costs a request to send a task: Celery's own apply_async, this block's on commit, and with the outbox.

Each contender sends one task inside a transaction that also writes a row, to a real Valkey and a real PostgreSQL
(no fsync), in turns, in another order each round; "nothing" is the transaction alone and is taken off. Wall and CPU
microseconds of this process.

python benchmarks/task_enqueue.py [rounds] [tasks]. To results/task_enqueue.json.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring.results import write_results

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the servers and tables that the tests of the blocks run on

from tests.django_site import fixtures  # noqa: E402, F401  (sets Django up)
from tests.django_site.databases import databases, make_tables  # noqa: E402
from tests.django_site.servers import Servers  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENDERS = ("nothing", "celery", "on_commit", "outbox")


def main(rounds: int = 7, tasks: int = 300) -> int:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        try:
            servers.start("postgres")
            servers.start("cache")
            with databases({"default": servers.database_entry()}):
                make_tables()
                document = compare(servers.cache_url, rounds=rounds, tasks=tasks)
        finally:
            servers.stop()
    write_results("task_enqueue", {"rounds": rounds, "tasks": tasks, **document})
    for name, told in document["contenders"].items():
        sys.stdout.write(
            f"{name}: {told['wall_us']} us wall, {told['cpu_us']} us CPU a task; {told['wall_to_celery']}x of Celery's"
            f" wall time, {told['cpu_to_celery']}x of its CPU\n"
        )
    return 0


def compare(broker: str, *, rounds: int, tasks: int) -> dict[str, Any]:
    """Medians of the rounds, the first of which is not counted: everything is cold in it."""
    senders, count_sent = make_senders(broker)
    wall: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    cpu: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for number in range(rounds + 1):
        for name in random.sample(CONTENDERS, len(CONTENDERS)):
            before = count_sent()
            took = run(senders[name], tasks)
            if count_sent() - before != (0 if name == "nothing" else tasks):
                raise SystemExit(f"{name} lost messages: its figures are worth nothing")
            if number:
                wall[name].append(took[0])
                cpu[name].append(took[1])
    return {"contenders": {name: judge(name, wall, cpu) for name in CONTENDERS[1:]}}


def judge(name: str, wall: dict[str, list[float]], cpu: dict[str, list[float]]) -> dict[str, float]:
    """Microseconds a task beyond the transaction, and the ratio to Celery's own within each round."""

    def cost(of: dict[str, list[float]], which: str) -> list[float]:
        return [took - base for took, base in zip(of[which], of["nothing"], strict=True)]

    def ratio(of: dict[str, list[float]]) -> float:
        return round(median(a / b for a, b in zip(cost(of, name), cost(of, "celery"), strict=True)), 2)

    return {
        "wall_us": round(median(cost(wall, name))),
        "cpu_us": round(median(cost(cpu, name))),
        "wall_to_celery": ratio(wall),
        "cpu_to_celery": ratio(cpu),
    }


def make_senders(broker: str) -> tuple[dict[str, Callable[[], object]], Callable[[], int]]:
    """What each contender does in its transaction, and how many messages the broker has."""
    from celery import Celery

    from django_tenfold.tasks.celery import configure

    bare = Celery("bare", broker=broker, set_as_current=False)
    bare.config_from_object("django.conf:settings", namespace="CELERY")  # as every Django project does
    bare.conf.task_ignore_result = True
    ours = configure(Celery("ours", broker=broker, set_as_current=False))

    def body(number: int, text: str) -> None:
        """Never runs: nobody consumes."""

    plain = bare.task(name="plain")(body)
    on_commit = ours.task(name="on_commit")(body)
    kept = ours.task(name="kept", outbox=True)(body)
    connection = bare.connection_for_write()
    client = connection.default_channel.client
    senders: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "celery": lambda: plain.delay(7, "text"),
        "on_commit": lambda: on_commit.delay(7, "text"),
        "outbox": lambda: kept.delay(7, "text"),
    }
    return senders, lambda: int(client.llen("celery"))


def run(send: Callable[[], object], tasks: int) -> tuple[float, float]:
    """(wall, CPU) microseconds a transaction."""
    from django.db import transaction

    from django_tenfold.tasks.models import OnceKey

    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(tasks):
        with transaction.atomic():
            OnceKey.objects.filter(pk="nobody").update(done=True)
            send()
    return (time.perf_counter() - start) / tasks * 1e6, (time.process_time() - cpu) / tasks * 1e6


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
