from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.services.pooler.service import plan, ports
from tenfold.stack.site import Wanted
from tenfold.topology.model import Machine, Work
from tenfold.topology.sizing import size
from tests.stack.example_site import GIB, make_shape, make_site

if TYPE_CHECKING:
    from tenfold.stack.site import Site


def pooled(**changes: Any) -> Site:
    """A site whose topology has a pooler."""
    topology = size(Machine(cores=2, memory=4 * GIB, open_files=65_536), Work(pooler=True))
    return replace(make_site(**changes), topology=topology)


def test_a_pooler_stands_before_the_primary_where_the_topology_has_one() -> None:
    (service,) = plan(pooled())
    assert service.needs == ("postgres",)
    assert service.command.unprivileged, "PgBouncer refuses to run as root"
    assert list(plan(make_site())) == []


def test_no_more_open_files_are_asked_for_than_the_machine_admits() -> None:
    site = pooled()
    (ample,) = plan(site)
    assert ample.open_files >= 2 * site.topology.database.pooler_clients.whole
    few = replace(site.topology, machine=replace(site.topology.machine, open_files=50))
    (scarce,) = plan(replace(site, topology=few))
    assert scarce.open_files == 50


def test_a_kept_database_has_no_pooler() -> None:
    assert list(plan(pooled(keep_database=True))) == []
    assert list(plan(pooled(config={"database": "keep"}))) == []


def test_prepared_statements_are_tracked_by_versions_that_can() -> None:
    site = pooled()
    (able,) = plan(site)
    old = replace(site.binaries["pgbouncer"], lacks=("prepared_statements",))
    (unable,) = plan(replace(site, binaries={**site.binaries, "pgbouncer": old}))
    assert "max_prepared_statements" in able.files[0].text
    assert "max_prepared_statements" not in unable.files[0].text


def test_passwords_stand_in_a_file_that_nobody_else_reads() -> None:
    (service,) = plan(pooled())
    assert [file.mode for file in service.files if "database-secret" in file.text] == [0o600]


def test_a_missing_pgbouncer_is_named_with_what_asked_for_it() -> None:
    with pytest.raises(TenfoldError, match="There is no pgbouncer to run") as caught:
        list(plan(replace(pooled(), binaries={"postgres": make_site().binaries["postgres"]})))
    assert "pooler" in caught.value.why


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, ("pooler",)),
        ({"pooler": "pgbouncer"}, ("pooler",)),
        ({"pooler": "pool"}, ()),
        ({"pooler": "persistent"}, ()),
        ({"database": "keep"}, ()),
    ],
)
def test_a_port_is_taken_only_where_a_pooler_may_run(config: dict[str, str], expected: tuple[str]) -> None:
    assert ports(Wanted(make_shape(), make_site(config=config).config, 1, 2)) == expected
