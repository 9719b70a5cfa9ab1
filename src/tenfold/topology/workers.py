"""The application servers: instances, workers, threads and what keeps them fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.model import NOT_SIZED, AppSize, Number

if TYPE_CHECKING:
    from tenfold.topology.model import Machine, Wishes, Work

GRANIAN_THREADS = 4
"""Threads of a granian worker. Measured on one core, one query a request: 594 microseconds of CPU with four,
613 with one; where one request in thirty waits 0.2 s, four answer 507 a second and one thread 134."""
GUNICORN_THREADS = 4
"""Threads of a gunicorn worker. Measured behind nginx over Unix sockets, two instances on two cores, medians of
five interleaved rounds, microseconds of the application's CPU a request (best requests a second): trivial view
gthread 1 x 4 249 (4,162), 1 x 8 310 (3,501), sync x 3 398 (2,416), sync x 1 330 (1,903); one query 839 (2,050),
849 (1,724), 906 (1,730), 862 (1,379); 20 ms of waiting 614 (368), 514 (738), 944 (263), 1,042 (90)."""
WAITING_THREADS = 8
"""Threads of a worker whose views wait for others: seven wait while one computes. NetBox runs 3, PostHog 16.
https://github.com/netbox-community/netbox/blob/main/contrib/gunicorn.py"""
BACKLOG = 2048
"""gunicorn's default. https://docs.gunicorn.org/en/stable/settings.html#backlog"""
EDGE_IDLE = 60
"""Seconds after which nginx closes an idle connection to the application.
https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout"""
MAX_REQUESTS = 100_000
"""At 1,400 one-query requests a second (measured, gthread) a worker lives 71 s at full load, and a start of
1.5 s costs 2 %; after a thousand requests, as often seen, it would live 0.7 s."""
UVICORN_WORKER = "uvicorn_worker.UvicornWorker"


def runs_async(work: Work) -> bool:
    """Whether an event loop serves it."""
    return work.interface == "asgi" or work.server == "uvicorn"


def sync_workers(cores: int) -> int:
    """gunicorn's rule of thumb. https://docs.gunicorn.org/en/stable/design.html#how-many-workers"""
    return 2 * cores + 1


def jitter_of(max_requests: int) -> int:
    """By how much recycling is spread, so that workers that started together are replaced apart."""
    return max_requests // 10


def size_app(cores: int, work: Work, wishes: Wishes, *, machine: Machine) -> AppSize:
    """Processes for `cores` of the machine's. Everything but the memory of a worker (0), which is what the
    others leave: see `memory`.

    Raises TopologyError for threads that an event loop has no use for.
    """
    threads = _size_threads(work, wishes)
    kind = _choose_class(work, threads.whole)
    total, why = _count_workers(cores, kind=str(kind.value), wishes=wishes)
    instances = 2 if machine.cores >= 2 and total >= 2 else 1
    return AppSize(
        instances=_explain_instances(instances, machine.cores),
        workers=_divide_workers(total, instances, why),
        threads=threads,
        worker_class=kind,
        backlog=Number(
            BACKLOG, "gunicorn's default; the kernel admits no more than net.core.somaxconn", "connections"
        ),
        max_requests=_size_recycling(work),
        max_requests_jitter=Number(
            jitter_of(MAX_REQUESTS), "a tenth: workers that started together are replaced apart", "requests"
        ),
        keepalive=_size_keepalive(str(kind.value)),
        memory=NOT_SIZED,
    )


def _divide_workers(total: int, instances: int, why: str) -> Number:
    each = -(-total // instances)
    if instances > 1:
        why = f"{why}; {total} in all, {each} in each of {instances} instances"
        if each * instances > total:
            why = f"{why} (rounded up to {each * instances}, so that they are alike)"
    return Number(each, why, "processes")


def _size_threads(work: Work, wishes: Wishes) -> Number:
    if runs_async(work):
        if (wishes.threads or 1) > 1:
            raise TopologyError(
                f"threads = {wishes.threads} does nothing for a project that runs under ASGI.",
                why="An event loop has one thread; Django's sync views get theirs from it.",
                next_step="Take threads out of [tool.tenfold.up], or set workers.",
            )
        return Number(1, "an event loop a worker; sync views run in threads of their own", "threads")
    if wishes.threads is not None:
        return Number(wishes.threads, "as configured: threads", "threads")
    if work.waits:
        return Number(
            WAITING_THREADS, "its views wait for others: seven threads wait while one computes", "threads"
        )
    if work.server == "granian":
        why = "where one request in 30 waits 0.2 s, four answer 507 a second and one 134, at no more CPU"
        return Number(GRANIAN_THREADS, why, "threads")
    why = "behind nginx they cost 249 microseconds a trivial request where sync workers cost 398, 839 and 906 with"
    return Number(GUNICORN_THREADS, f"{why} one query: sync closes each connection", "threads")


def _choose_class(work: Work, threads: int) -> Number:
    if runs_async(work):
        if work.server == "gunicorn":
            return Number(UVICORN_WORKER, "ASGI under gunicorn: 655 requests/s, its own asgi class 386")
        return Number("asgi", "the project needs ASGI")
    if work.server != "gunicorn":
        return Number("wsgi", "WSGI costs a sixth to a tenth of ASGI's CPU on the same server")
    if threads > 1:
        return Number("gthread", f"{threads} threads: while one waits, the others answer")
    return Number(
        "sync", "nothing waits, and the edge keeps slow clients away: 78 % of it held against 64 of them"
    )


def _count_workers(cores: int, *, kind: str, wishes: Wishes) -> tuple[int, str]:
    count = f"{cores} core{'s' if cores > 1 else ''}"
    if wishes.workers is not None:
        return wishes.workers, "as configured: workers"
    if kind == "sync":
        return sync_workers(cores), f"{count}: 2 x cores + 1, gunicorn's rule, as a sync worker also waits"
    if kind == "gthread":
        return cores, f"{count}: one worker a core, its threads do the waiting"
    if kind == "wsgi":
        return cores, f"{count}: one worker a core; granian moves the waiting to its threads"
    return cores, f"{count}: one event loop a core"


def _explain_instances(instances: int, cores: int) -> Number:
    if instances == 2:
        return Number(2, "while one is replaced or dead, nginx sends requests to the other", "instances")
    why = "one core cannot run two at once" if cores < 2 else "there is one worker only"
    return Number(1, why, "instances")


def _size_recycling(work: Work) -> Number:
    why = "against what leaks: at 1,400 requests/s every 71 s, and a start of 1.5 s costs 2 %"
    if work.server == "granian":
        why = "granian has no such limit: memory replaces its workers"
    return Number(MAX_REQUESTS, why, "requests")


def _size_keepalive(kind: str) -> Number:
    if kind == "sync":
        return Number(0, "a sync worker closes each connection", "s")
    why = (
        f"longer than the {EDGE_IDLE} s after which nginx closes an idle one: the side that asks closes first"
    )
    return Number(EDGE_IDLE + 15, why, "s")
