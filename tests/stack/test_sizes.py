from __future__ import annotations

import pytest

from tenfold.config import UpConfig
from tenfold.stack.inspected import Inspected
from tenfold.stack.shape import DatabaseShape
from tenfold.stack.sizes import replicas_of, work_of
from tests.stack.example_site import make_shape

PROGRAMS = ("postgres", "valkey", "nginx")


def test_a_pooler_that_was_found_is_used_unless_the_configuration_says_otherwise() -> None:
    shape = make_shape()
    assert not work_of(shape, UpConfig(), programs=PROGRAMS).pooler
    assert work_of(shape, UpConfig(), programs=(*PROGRAMS, "pgbouncer")).pooler
    assert not work_of(shape, UpConfig(pooler="pool"), programs=(*PROGRAMS, "pgbouncer")).pooler


@pytest.mark.parametrize(
    ("changes", "pools"),
    [
        ({}, True),
        ({"django": (5, 0)}, False),
        ({"installed": {"psycopg2-binary": "2.9.10"}}, False),
        ({"installed": {"psycopg": "3.2.1"}}, True),
    ],
)
def test_django_pools_with_its_release_5_1_and_psycopg_3(changes: dict[str, object], pools: bool) -> None:
    assert work_of(make_shape(**changes), UpConfig(), programs=PROGRAMS).pool is pools


def test_the_accounts_block_follows_changes_on_a_connection_of_its_own() -> None:
    following = make_shape(inspected=Inspected(facts={"INSTALLED_APPS": ["django_tenfold.accounts"]}))
    assert work_of(following, UpConfig(), programs=PROGRAMS).follows
    assert not work_of(make_shape(), UpConfig(), programs=PROGRAMS).follows


def test_persistent_connections_can_be_asked_for() -> None:
    work = work_of(make_shape(), UpConfig(pooler="persistent"), programs=(*PROGRAMS, "pgbouncer"))
    assert (work.pool, work.pooler) == (False, False)


def test_replicas_open_no_connection_of_their_own_to_the_primary() -> None:
    databases = (
        DatabaseShape("default", "django.db.backends.postgresql", "shop"),
        DatabaseShape("archive", "django.db.backends.postgresql", "archive"),
        DatabaseShape("reader", "django.db.backends.postgresql", "shop", replica=True),
    )
    assert work_of(make_shape(databases=databases), UpConfig(), programs=PROGRAMS).databases == 2


def test_no_replica_runs_where_none_is_wanted() -> None:
    assert replicas_of(UpConfig(replicas=2)) == 2
    assert replicas_of(UpConfig(replicas=2, without=("replica",))) == 0
    assert replicas_of(UpConfig(database="keep")) == 0


def test_tasks_count_only_while_a_worker_runs() -> None:
    assert work_of(make_shape(), UpConfig(), programs=PROGRAMS).tasks
    assert not work_of(make_shape(), UpConfig(without=("worker",)), programs=PROGRAMS).tasks
    assert not work_of(make_shape(celery=""), UpConfig(), programs=PROGRAMS).tasks


@pytest.mark.parametrize(
    ("shape", "config", "services"),
    [
        ({}, {}, ("mail",)),
        ({}, {"without": ("mail",)}, ()),
        ({"object_storage": True, "installed": {"flower": "2.0.1"}}, {}, ("dashboard", "mail", "storage")),
        ({}, {"services": ("varnish",)}, ("mail", "varnish")),
    ],
)
def test_memory_is_kept_for_every_service_that_runs(
    shape: dict[str, object], config: dict[str, tuple[str, ...]], services: tuple[str, ...]
) -> None:
    assert work_of(make_shape(**shape), UpConfig(**config), programs=PROGRAMS).services == services
