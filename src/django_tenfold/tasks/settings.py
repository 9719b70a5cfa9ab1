"""The options of the block: `TENFOLD_TASKS = {...}`."""

from __future__ import annotations

from dataclasses import dataclass

from django_tenfold.conf.options import BlockOptions, option


@dataclass(frozen=True, slots=True)
class TasksOptions:
    """Defaults for tasks of a web project: seconds, not hours."""

    outbox: bool = option(
        False,
        "Write each task that is sent inside a transaction to a table first, so that none is lost when the broker"
        " or the process dies between the commit and the sending. One INSERT and one DELETE a task.",
    )
    outbox_age: float = option(
        15.0, "Seconds after which the sweeper sends what a commit left in the outbox.", at_least=1
    )
    send_seconds: float = option(
        2.0,
        "The longest that a connection to the broker is tried for, so that no request hangs.",
        at_least=0.1,
    )
    soft_time_limit: int = option(
        240, "Seconds after which a task is asked to end (SoftTimeLimitExceeded).", at_least=1
    )
    time_limit: int = option(300, "Seconds after which the process of a task is killed.", at_least=1)
    longest_countdown: int = option(
        300,
        "Seconds. A task due later than this waits in the database instead of the memory of a worker, from where"
        " Redis would deliver it again each visibility timeout.",
        at_least=1,
    )
    visibility_timeout: int = option(
        0,
        "Seconds until Redis delivers again what a dead worker had fetched. 0: twice the time limit, and the longest"
        " countdown, and a minute.",
        at_least=0,
    )
    retries: int = option(5, "How often a task is tried again after a transient error.", at_least=0)
    retry_base: float = option(
        2.0,
        "Seconds. The n-th retry waits between 0 and retry_base * 2^n (exponential back-off, full jitter).",
        at_least=0,
    )
    retry_longest: float = option(300.0, "The longest wait before a retry, in seconds.", at_least=0)
    transient_errors: tuple[str, ...] = option(
        (),
        "Dotted paths of further exceptions that are worth a retry, beside those of connections, time-outs, the"
        " database and the broker.",
    )
    deliveries: int = option(
        5, "A task whose worker died this often is buried, not run again: it kills its workers.", at_least=1
    )
    tasks_per_child: int = option(
        1000, "Tasks after which a worker process is replaced, against leaks.", at_least=1
    )
    memory_per_child: int = option(
        0,
        "Mebibytes of resident memory after which a worker process is replaced; 0 for no limit.",
        at_least=0,
    )
    key_days: int = option(14, "Days for which keys of idempotent tasks are kept.", at_least=1)
    result_days: int = option(7, "Days for which results of Django tasks are kept.", at_least=1)
    lease_seconds: int = option(
        15, "Seconds after which another scheduler takes over from one that is silent.", at_least=2
    )
    mail_backend: str = option(
        "django.core.mail.backends.smtp.EmailBackend",
        "The e-mail backend that the worker sends with (without MAILERS).",
    )
    mail_in_message: int = option(
        65_536, "Bytes. A larger e-mail travels through the database, not through the broker.", at_least=0
    )
    metrics_port: int = option(
        0,
        "Port on which the worker serves Prometheus metrics of all its processes; 0 for none.",
        at_least=0,
        at_most=65_535,
    )


options: BlockOptions[TasksOptions] = BlockOptions("TENFOLD_TASKS", TasksOptions)

MARGIN = 60
"""Seconds between the longest that a message can be held and its redelivery."""


def visibility_timeout() -> int:
    """Seconds: a message waits for its countdown, then for the task before it in the same process (prefetch 1),
    then for its own end."""
    told = options()
    return told.visibility_timeout or 2 * told.time_limit + told.longest_countdown + MARGIN
