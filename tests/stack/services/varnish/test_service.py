from __future__ import annotations

from dataclasses import replace

from tenfold.stack.services.varnish.service import plan, varnish_backend
from tests.stack.example_site import make_site

ASKED = make_site(config={"services": ("varnish",)})


def test_varnish_is_planned_only_when_asked_for_and_found() -> None:
    assert list(plan(make_site())) == []
    assert list(plan(replace(ASKED, binaries={}))) == []
    (service,) = plan(ASKED)
    assert service.name == "varnish"


def test_varnish_waits_for_the_sockets_that_its_configuration_names() -> None:
    (service,) = plan(ASKED)
    assert service.needs == tuple(f"app-{n + 1}" for n in range(ASKED.topology.app.instances.whole))
    assert all(ASKED.path(f"run/{name}.sock") in service.files[0].text for name in service.needs)


def test_a_folder_too_deep_for_sockets_gets_ports() -> None:
    site = replace(ASKED, folder="/srv/" + "deep/" * 30 + ".tenfold")
    (service,) = plan(site)
    assert varnish_backend(site) == service.address == f"127.0.0.1:{site.ports['varnish']}"
    assert service.sockets == ()


def test_varnish_opens_no_control_port() -> None:
    (service,) = plan(ASKED)
    words = service.command.words
    assert words[words.index("-T") + 1] == "none"
