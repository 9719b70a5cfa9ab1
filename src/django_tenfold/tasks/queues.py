"""How many messages wait, and for how long: on Redis and on RabbitMQ."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django_tenfold.tasks.payload import SENT_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celery import Celery


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue as it is now."""

    name: str
    depth: int
    """Messages that no worker has fetched."""
    oldest_seconds: float | None
    """For how long the next message has waited; None where the broker does not let one look (RabbitMQ), and in an
    empty queue. The metric tenfold_task_wait_seconds says it for every broker, afterwards."""


def measure_queues(app: Celery, names: Iterable[str] = ()) -> list[QueueState]:
    """The queues named, or all that the application consumes. Raises kombu's OperationalError."""
    wanted = tuple(names) or tuple(app.amqp.queues)
    with app.connection_for_read() as connection:
        return [_measure_queue(connection, name) for name in wanted]


def _measure_queue(connection: Any, name: str) -> QueueState:
    channel = connection.channel()  # one each: RabbitMQ closes the channel that asks for a queue it has not
    try:
        depth = channel.queue_declare(queue=name, passive=True).message_count
        return QueueState(name, depth, _peek_age(channel, name) if depth else None)
    except connection.channel_errors:
        return QueueState(name, 0, None)
    finally:
        if connection.connected and getattr(channel, "is_open", True):
            channel.close()


def _peek_age(channel: Any, name: str) -> float | None:
    client = getattr(channel, "client", None)
    if client is None or not hasattr(client, "lindex"):
        return None
    found = client.lindex(name, -1)  # workers take from the right
    sent = json.loads(found)["headers"].get(SENT_HEADER) if found else None
    return max(0.0, time.time() - sent) if sent else None
