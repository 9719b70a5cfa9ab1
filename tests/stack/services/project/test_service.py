from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.stack.inspected import Inspected
from tenfold.stack.preparation import preparation_names
from tenfold.stack.service import Ends
from tenfold.stack.services.project.service import plan
from tests.stack.example_site import make_shape, make_site

if TYPE_CHECKING:
    from tenfold.stack.service import Service
    from tenfold.stack.site import Site

INSPECTED = Inspected(facts={"INSTALLED_APPS": ["django.contrib.staticfiles"]})


def site_with(
    *, config: dict[str, Any] | None = None, site: dict[str, Any] | None = None, **shape: Any
) -> Site:
    made = make_shape(**({"inspected": INSPECTED, "fingerprint": "m1", "static_fingerprint": "s1"} | shape))
    return make_site(shape=made, config=config or {}, **(site or {}))


def planned(site: Site) -> dict[str, Service]:
    return {service.name: service for service in plan(site)}


def test_each_runs_to_its_end_and_is_remembered_by_what_it_depends_on() -> None:
    found = planned(site_with(commands=(("compress",),)))
    assert list(found) == ["migrate", "collectstatic", "prepare-1"]
    assert all(isinstance(one.ready, Ends) for one in found.values())
    assert found["migrate"].done == ("data/postgres/tenfold-migrated", "m1 default")
    assert found["collectstatic"].done == ("static/.tenfold-collected", "s1")


def test_migrations_go_past_the_pooler_as_their_own_role() -> None:
    migrate = planned(site_with())["migrate"]
    assert migrate.command.environment["TENFOLD_ROLE"] == "migrate"
    assert "postgres" in migrate.needs
    assert "pooler" not in migrate.needs


def test_names_and_services_agree_in_every_form() -> None:
    forms = (
        site_with(),
        site_with(static_built=True),
        site_with(config={"fixtures": ("demo.json",), "commands": ("seed --all",)}),
        site_with(site={"with_data": True}),
        site_with(config={"database": "keep"}),
        site_with(databases=()),
        site_with(inspected=Inspected()),
    )
    for site in forms:
        assert tuple(planned(site)) == preparation_names(site)
        known = {*planned(site), "postgres", "pooler", "cache", "broker"}
        assert all(set(service.needs) <= known for service in planned(site).values())


def test_static_files_that_are_built_are_not_collected() -> None:
    assert "collectstatic" not in planned(site_with(static_built=True))


def test_a_kept_database_is_not_migrated() -> None:
    assert "migrate" not in planned(site_with(config={"database": "keep"}))
    assert "migrate" not in planned(site_with(site={"keep_database": True}))


def test_configured_commands_come_after_the_deployments_own() -> None:
    found = planned(site_with(commands=(("compress",),), config={"commands": ("seed --all",)}))
    assert found["prepare-2"].command.words[-3:] == ("django", "seed", "--all")
    assert "prepare-1" in found["prepare-2"].needs
    # What it wrote vanishes with the database; compressed files vanish with the static ones.
    assert found["prepare-2"].done == ("data/postgres/tenfold-prepare-2", "seed --all")
    assert found["prepare-1"].done == ("static/.tenfold-prepare-1", "s1 compress")


def test_rows_are_carried_over_before_anything_else_writes() -> None:
    config = {"fixtures": ("demo.json",), "commands": ("seed",)}
    found = planned(site_with(site={"with_data": True}, config=config))
    assert found["data"].needs == ("migrate",)
    assert "data" in found["prepare-1"].needs
    assert found["fixtures"].needs == ("migrate", "prepare-1")
    lone = planned(site_with(site={"with_data": True}, config={"fixtures": ("demo.json",)}))
    assert lone["fixtures"].needs == ("migrate", "data")
