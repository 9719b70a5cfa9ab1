"""Where tasks go: the URL of Celery's broker, looked at before a worker does."""

from __future__ import annotations

from django_tenfold.conf.addresses import parse_address
from django_tenfold.conf.variables import MalformedError

SCHEMES = (
    "amqp",
    "amqps",
    "pyamqp",
    "redis",
    "rediss",
    "redis+socket",
    "valkey",
    "sentinel",
    "sqs",
    "memory",
)
KNOWN = ", ".join(SCHEMES)


def check_broker(text: str) -> str:
    """The URL as it was given (several, for failover, have ";" between). Raises MalformedError."""
    for url in text.split(";"):
        address = parse_address(url, schemes=SCHEMES, known=KNOWN)
        if address.scheme not in ("memory", "sqs", "redis+socket") and not address.host:
            raise MalformedError("names no host")
    return text
