from __future__ import annotations

from dataclasses import replace

from tenfold.stack.services.storage.service import plan, ports
from tenfold.stack.site import Wanted
from tests.stack.example_site import make_shape, make_site


def test_storage_runs_for_projects_that_keep_files_in_s3() -> None:
    assert list(plan(make_site())) == []
    (service,) = plan(make_site(shape=make_shape(object_storage=True)))
    assert service.name == "storage"


def test_storage_runs_when_the_configuration_asks_for_it() -> None:
    assert len(list(plan(make_site(config={"services": ("storage",)})))) == 1


def test_storage_can_be_left_out() -> None:
    site = make_site(shape=make_shape(object_storage=True), config={"without": ("storage",)})
    assert list(plan(site)) == []
    assert ports(Wanted(site.shape, site.config, 1, 2)) == ()


def test_storage_without_rclone_is_not_planned() -> None:
    site = make_site(config={"services": ("storage",)})
    assert list(plan(replace(site, binaries={}))) == []


def test_keys_are_in_the_environment_alone() -> None:
    (service,) = plan(make_site(config={"services": ("storage",)}))
    assert service.command.environment["RCLONE_AUTH_KEY"] == '"storage-key-secret,storage-secret-secret"'
    assert "secret" not in " ".join(service.command.words)


def test_no_remote_of_a_person_is_read() -> None:
    (service,) = plan(make_site(config={"services": ("storage",)}))
    assert service.command.environment["RCLONE_CONFIG"] == "/dev/null"
