from __future__ import annotations

from dataclasses import replace

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.services.broker.service import memory_share, plan, ports
from tenfold.stack.site import Wanted
from tests.stack.example_site import make_shape, make_site

RABBITMQ = {"broker": "rabbitmq"}


def test_a_project_without_celery_gets_no_broker() -> None:
    shape = make_shape(celery="")
    site = make_site(shape=shape)
    assert list(plan(site)) == []
    assert ports(Wanted(shape, site.config, 1, 2)) == ()


def test_tasks_are_kept_by_a_valkey_of_their_own() -> None:
    site = make_site()
    (service,) = plan(site)
    text = service.files[0].text
    assert "maxmemory-policy noeviction" in text
    assert "appendonly yes" in text
    assert f"maxmemory {memory_share(site)}mb" in text
    assert memory_share(site) > 0


def test_rabbitmq_waits_for_a_port_mapper_that_is_the_stack_s_own() -> None:
    site = make_site(config=RABBITMQ)
    mapper, broker = plan(site)
    assert (mapper.name, broker.name, broker.needs) == ("epmd", "broker", ("epmd",))
    environment = broker.command.environment
    assert environment["ERL_EPMD_PORT"] == mapper.command.words[-1]
    assert {"broker", "epmd", "broker-node"} == set(ports(Wanted(make_shape(), site.config, 1, 2)))


def test_without_rabbitmq_the_person_is_told_what_asked_for_it() -> None:
    site = make_site(config=RABBITMQ)
    without = {name: one for name, one in site.binaries.items() if name != "rabbitmq"}
    with pytest.raises(TenfoldError, match="There is no rabbitmq to run") as caught:
        list(plan(replace(site, binaries=without)))
    assert 'broker = "rabbitmq"' in caught.value.why
    assert "rabbitmq-server" in caught.value.next_step
