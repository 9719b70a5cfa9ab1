from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tenfold.config import UpConfig
from tenfold.stack.catalogue import binary_needs, plan_services, port_names, service_folders
from tenfold.stack.plan import sort_services
from tenfold.stack.site import Wanted
from tests.stack.example_site import PORTS, make_shape, make_site

if TYPE_CHECKING:
    from tenfold.stack.service import Service

SITES = {
    "usual": make_site(),
    "everything": make_site(
        config={
            "services": ("varnish", "dashboard", "metrics", "storage"),
            "replicas": 2,
            "broker": "rabbitmq",
        }
    ),
    "without Celery": make_site(shape=make_shape(celery="", scheduled=False)),
    "with ports instead of sockets": make_site("/srv/" + "deep/" * 30 + ".tenfold"),
}
PLANNED = [
    pytest.param(name, service, id=f"{name}: {service.name}")
    for name, site in SITES.items()
    for service in plan_services(site)
]


@pytest.mark.parametrize("name", SITES)
def test_the_services_of_a_site_can_be_put_in_order(name: str) -> None:
    planned = plan_services(SITES[name])
    assert len({one.name for one in planned}) == len(planned)
    assert len(sort_services(planned)) == len(planned)


@pytest.mark.parametrize("name", SITES)
def test_every_port_that_is_asked_for_has_a_number_in_a_site(name: str) -> None:
    site = SITES[name]
    wanted = Wanted(site.shape, site.config, site.config.replicas, int(site.topology.app.instances.value))
    assert set(port_names(wanted)) <= PORTS.keys()


@pytest.mark.parametrize(("name", "service"), PLANNED)
def test_a_service_keeps_to_its_folder_and_its_kind(name: str, service: Service) -> None:
    assert service.kind in service_folders()
    assert service.title
    assert service.command.words
    inside = [file.path for file in service.files] + list(service.folders) + list(service.sockets)
    inside += [step.done for step in service.steps] + [path for step in service.steps for path in step.clears]
    assert [path for path in inside if path.startswith(("/", "..")) or "/../" in path] == []


@pytest.mark.parametrize(("name", "service"), PLANNED)
def test_a_service_runs_programs_never_a_shell(name: str, service: Service) -> None:
    commands = [service.command, *(step.command for step in service.steps)]
    assert [c.words for c in commands if c.words[0].rpartition("/")[2] in ("sh", "bash", "env")] == []


@pytest.mark.parametrize(("name", "service"), PLANNED)
def test_secrets_stand_in_no_command_line(name: str, service: Service) -> None:
    words = " ".join(word for step in (service, *service.steps) for word in step.command.words)
    assert not re.search(r"\w+-secret", words), "every user of the machine reads command lines"


@pytest.mark.parametrize("name", service_folders())
def test_each_folder_says_what_it_is_and_what_it_runs(name: str) -> None:
    folder = service_folders()[name]
    assert folder.__doc__
    assert all(need.programs or need.wheel for need in folder.NEEDS)


def test_every_program_is_named_once() -> None:
    names = [need.name for need in binary_needs()]
    assert len(names) == len(set(names))


def test_there_is_exactly_one_scheduler() -> None:
    kinds = [one.kind for one in plan_services(SITES["everything"])]
    assert kinds.count("scheduler") == 1


def test_a_site_without_tasks_has_no_broker_and_no_worker() -> None:
    kinds = {one.kind for one in plan_services(SITES["without Celery"])}
    assert not kinds & {"broker", "worker", "scheduler", "dashboard"}


def test_what_the_configuration_leaves_out_is_not_planned() -> None:
    site = make_site(config={"without": ("mail", "worker", "scheduler", "replica")})
    assert UpConfig().without == ()
    names = {one.name for one in plan_services(site)}
    assert not names & {"mail", "worker", "scheduler", "replica-1"}
