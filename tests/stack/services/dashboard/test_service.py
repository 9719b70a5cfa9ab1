from __future__ import annotations

from tenfold.stack.service import Fetches
from tenfold.stack.services.dashboard.service import plan, ports
from tenfold.stack.site import Wanted
from tests.stack.example_site import make_shape, make_site


def test_it_runs_where_it_is_asked_for_or_the_project_has_it() -> None:
    assert list(plan(make_site())) == []
    assert [one.name for one in plan(make_site(config={"services": ("dashboard",)}))] == ["dashboard"]
    own = make_site(shape=make_shape(installed={"flower": "2.0.1"}))
    assert [one.name for one in plan(own)] == ["dashboard"]
    assert list(plan(make_site(shape=own.shape, config={"without": ("dashboard",)}))) == []


def test_it_listens_on_this_machine_behind_a_password_that_no_command_line_shows() -> None:
    (one,) = plan(make_site(config={"services": ("dashboard",)}))
    assert "--address=127.0.0.1" in one.command.words
    assert one.command.environment["FLOWER_BASIC_AUTH"] == "tenfold:dashboard-secret"
    assert one.ready == Fetches(port=20555, path="/healthcheck")
    assert not one.essential


def test_a_port_is_asked_for_only_where_it_runs() -> None:
    for services, names in (((), ()), (("dashboard",), ("dashboard",))):
        site = make_site(config={"services": services})
        assert ports(Wanted(site.shape, site.config, replicas=1, instances=2)) == names
