from __future__ import annotations

from typing import Any

from tenfold.stack.missed import missed_programs
from tests.stack.example_site import PROGRAMS, make_shape, make_site

SPARE = ("pgbouncer", "memcached", "rabbitmq", "varnish", "prometheus", "node-exporter", "rclone")


def missed(**changes: Any) -> frozenset[str]:
    """What is missed where nothing of `SPARE` was found."""
    site = make_site(**changes)
    found = {name: binary for name, binary in site.binaries.items() if name in set(PROGRAMS) - {*SPARE}}
    return missed_programs(make_site(**changes, binaries=found), SPARE)


def test_only_the_pooler_is_missed_where_nothing_was_asked_for() -> None:
    assert missed() == {"pgbouncer"}


def test_the_pooler_is_not_missed_where_another_way_was_asked_for() -> None:
    assert missed(config={"pooler": "pool"}) == frozenset()
    assert missed(config={"database": "keep"}) == frozenset()


def test_what_the_configuration_asks_for_is_missed() -> None:
    asked = {"services": ("varnish", "metrics", "storage"), "pooler": "persistent"}
    assert missed(config=asked) == {"varnish", "prometheus", "node-exporter", "rclone"}
    assert missed(config={"cache": "memcached", "broker": "rabbitmq"}) == {
        "pgbouncer",
        "memcached",
        "rabbitmq",
    }


def test_storage_is_missed_by_a_project_that_keeps_its_files_there() -> None:
    assert "rclone" in missed(shape=make_shape(object_storage=True))
