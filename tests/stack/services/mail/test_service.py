from __future__ import annotations

from tenfold.stack.services.mail.service import plan, ports
from tenfold.stack.site import Wanted
from tests.stack.example_site import make_site


def test_the_sink_runs_on_the_tools_own_interpreter() -> None:
    site = make_site()
    (service,) = plan(site)
    assert service.command.words[:3] == (site.tool, "-m", "tenfold.stack.runner.mail_sink")
    assert str(site.ports["mail"]) in service.command.words


def test_the_sink_can_be_left_out() -> None:
    site = make_site(config={"without": ("mail",)})
    assert list(plan(site)) == []
    assert ports(Wanted(site.shape, site.config, 1, 2)) == ()
