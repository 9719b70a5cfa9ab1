from __future__ import annotations

import pytest

from django_tenfold.conf.brokers import check_broker
from django_tenfold.conf.variables import MalformedError


@pytest.mark.parametrize(
    "url",
    [
        "redis://:p@h:6379/1",
        "amqp://u:p@h//",
        "amqp://a//;amqp://b//",
        "sentinel://a:1;sentinel://b:2",
        "redis+socket:///run/redis.sock",
        "sqs://key:secret@",
        "memory://",
    ],
)
def test_a_broker_is_given_on_as_it_is(url: str) -> None:
    assert check_broker(url) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://", "names no host"),
        ("http://h", "scheme that is not known"),
        ("amqp://h:x", "host or port"),
        ("amqp://a//;", "is no URL"),
    ],
)
def test_what_is_no_broker_is_told(url: str, why: str) -> None:
    with pytest.raises(MalformedError, match=why):
        check_broker(url)
