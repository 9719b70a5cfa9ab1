from __future__ import annotations

from dataclasses import replace

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.services.cache.service import memcached_words, plan, ports
from tenfold.stack.site import Wanted
from tests.stack.example_site import make_shape, make_site


def test_the_cache_is_a_valkey_of_the_topology_s_size() -> None:
    site = make_site()
    (service,) = plan(site)
    assert service.command.words[0] == "/opt/stack/bin/valkey"
    text = service.files[0].text
    assert f"maxmemory {site.topology.cache.max_memory.value}mb" in text
    assert "maxmemory-policy allkeys-lru" in text


def test_memcached_runs_where_the_configuration_says_so() -> None:
    site = make_site(config={"cache": "memcached"})
    (service,) = plan(site)
    assert service.command.words[0] == "/opt/stack/bin/memcached"
    assert service.command.unprivileged, "memcached refuses to run as root"
    assert service.files == ()


def test_memcached_listens_on_one_address_and_never_on_udp() -> None:
    words = memcached_words(make_site().topology.cache, port=20379)
    assert words[:6] == ("-l", "127.0.0.1", "-p", "20379", "-U", "0")


def test_a_project_that_keeps_its_caches_gets_none() -> None:
    site = make_site(config={"cache": "keep"})
    assert list(plan(site)) == []
    assert ports(Wanted(make_shape(), site.config, 1, 2)) == ()


@pytest.mark.parametrize(("cache", "missing"), [("valkey", "valkey"), ("memcached", "memcached")])
def test_a_missing_program_is_named_with_a_way_to_have_it(cache: str, missing: str) -> None:
    site = replace(make_site(config={"cache": cache}), binaries={})
    with pytest.raises(TenfoldError, match=f"There is no {missing} to run") as caught:
        list(plan(site))
    assert "install" in caught.value.next_step
