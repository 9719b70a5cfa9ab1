from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.service import Binary
from tenfold.stack.services.postgres.service import MARK, major_version, plan, ports
from tenfold.stack.shape import DatabaseShape
from tenfold.stack.site import Wanted
from tests.stack.example_site import make_shape, make_site

if TYPE_CHECKING:
    from tenfold.stack.service import Service

DEEP = "/srv/" + "deep/" * 30 + ".tenfold"


def planned(**changes: object) -> dict[str, Service]:
    return {one.name: one for one in plan(make_site(**changes))}  # type: ignore[arg-type]


def file_of(service: Service, name: str) -> str:
    return next(file.text for file in service.files if file.path.endswith(name))


def test_a_primary_and_one_replica_run_unless_asked_otherwise() -> None:
    assert list(planned()) == ["postgres", "replica-1"]
    assert list(planned(config={"replicas": 2})) == ["postgres", "replica-1", "replica-2"]
    assert list(planned(config={"without": ("replica",), "replicas": 2})) == ["postgres"]


def test_a_project_that_keeps_its_database_gets_no_server() -> None:
    assert planned(config={"database": "keep"}) == {}
    assert planned(keep_database=True) == {}


def test_a_project_of_maps_is_refused_by_a_server_without_postgis() -> None:
    shape = make_shape(databases=(DatabaseShape("default", "django.contrib.gis.db.backends.postgis", "gis"),))
    site = make_site(shape=shape)
    bare = replace(site.binaries["postgres"], lacks=("ssl", "postgis"))
    with pytest.raises(TenfoldError, match="has no PostGIS") as caught:
        list(plan(replace(site, binaries={**site.binaries, "postgres": bare})))
    assert "--keep-database" in caught.value.next_step
    able = replace(bare, lacks=("ssl",))
    assert list(plan(replace(site, binaries={**site.binaries, "postgres": able})))


def test_a_project_without_maps_needs_no_postgis() -> None:
    site = make_site()
    bare = replace(site.binaries["postgres"], lacks=("postgis",))
    assert list(plan(replace(site, binaries={**site.binaries, "postgres": bare})))


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({}, ("postgres", "replica-1")),
        ({"replicas": 2}, ("postgres", "replica-1", "replica-2")),
        ({"without": ("replica",)}, ("postgres",)),
        ({"database": "keep"}, ()),
    ],
)
def test_each_server_has_a_port_of_its_own(config: dict[str, object], names: tuple[str, ...]) -> None:
    site = make_site(config=config)
    assert ports(Wanted(make_shape(), site.config, site.config.replicas, 2)) == names


def test_a_replica_waits_for_its_primary_and_may_fail_alone() -> None:
    replica = planned()["replica-1"]
    assert replica.needs == ("postgres",)
    assert not replica.essential
    assert planned()["postgres"].essential


def test_programs_that_refuse_root_are_marked_so() -> None:
    services = planned()
    assert all(one.command.unprivileged for one in services.values())
    assert services["postgres"].steps[0].command.unprivileged


def test_companions_stand_beside_the_server_not_on_path() -> None:
    services = planned()
    ready = services["postgres"].ready
    assert ready.command.words[0] == "/opt/stack/bin/psql"  # type: ignore[union-attr]
    assert services["postgres"].shell is not None
    assert services["postgres"].shell.words[0] == "/opt/stack/bin/psql"
    words = services["replica-1"].command.words
    assert words[words.index("--programs") + 1] == "/opt/stack/bin"


def test_a_cluster_is_made_once_and_its_mark_goes_with_its_data() -> None:
    step = planned()["postgres"].steps[0]
    assert step.done == MARK
    assert step.done.startswith("data/postgres/")
    assert step.clears == (), "data that are there are never removed"


def test_another_password_settles_the_roles_of_kept_data_again() -> None:
    site = make_site()
    other = replace(site, secrets={**site.secrets, "database": "another"})
    first, second = (next(iter(plan(one))).steps[0] for one in (site, other))
    assert first.mark != second.mark
    assert "another" in second.command.input


def test_the_builtin_locale_is_taken_where_the_server_brings_one() -> None:
    for version, expected in (("18.6", "--builtin-locale=C.UTF-8"), ("15.18", "--locale=C.UTF-8")):
        site = make_site()
        binary = replace(site.binaries["postgres"], version=version)
        words = next(iter(plan(replace(site, binaries={"postgres": binary})))).steps[0].command.words
        assert expected in words
        assert ("--locale-provider=builtin" in words) == (version == "18.6")


def test_the_major_version_is_read_from_the_binary() -> None:
    assert major_version(Binary("postgres", "/bin/postgres", "path", "15.18")) == 15
    assert major_version(Binary("postgres", "/bin/postgres", "path", "18beta1")) == 18
    assert major_version(Binary("postgres", "/bin/postgres", "path")) == 0


def test_sockets_need_no_password_and_leave_no_file_with_one() -> None:
    replica = planned()["replica-1"]
    assert "host='/srv/shop/.tenfold/run'".replace("'", "''") in file_of(replica, "postgresql.conf")
    assert [file.path for file in replica.files if "pgpass" in file.path] == []
    assert "PGPASSWORD" not in replica.ready.command.environment  # type: ignore[union-attr]


def test_without_sockets_everything_goes_over_loopback_with_the_password() -> None:
    services = planned(folder=DEEP)
    primary, replica = services["postgres"], services["replica-1"]
    assert "unix_socket_directories = ''" in file_of(primary, "postgresql.conf")
    assert primary.ready.command.environment["PGPASSWORD"] == "database-secret"  # type: ignore[union-attr]
    assert "passfile=" in file_of(replica, "postgresql.conf")
    secret = next(file for file in replica.files if file.path.endswith("pgpass"))
    assert (secret.text, secret.mode) == ("*:*:*:*:database-secret\n", 0o600)
    assert not any("PGSQL" in left for left in primary.sockets)


def test_what_a_killed_server_leaves_is_removed_before_a_start() -> None:
    left = planned()["replica-1"].sockets
    assert set(left) == {
        "data/replica-1/postmaster.pid",
        "run/.s.PGSQL.20433",
        "run/.s.PGSQL.20433.lock",
    }


def test_lag_is_written_where_the_replica_alone_reads_it() -> None:
    services = planned(lag=2.5)
    assert file_of(services["replica-1"], "lag.conf") == "recovery_min_apply_delay = '2500ms'\n"
    assert "etc/replica-1/lag.conf" in file_of(services["replica-1"], "postgresql.conf")
    assert "lag.conf" not in file_of(services["postgres"], "postgresql.conf")
    assert "2.5 s late" in services["replica-1"].title


def test_another_version_is_looked_at_before_it_meets_the_data() -> None:
    site = make_site()
    newer = replace(site.binaries["postgres"], version="18.6")
    first, second = (
        next(iter(plan(one))).steps[0] for one in (site, replace(site, binaries={"postgres": newer}))
    )
    assert first.mark != second.mark
