from __future__ import annotations

from dataclasses import replace

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.service import Binary
from tenfold.stack.services.edge.service import edge_config, plan, server_names, static_folders
from tests.stack.example_site import make_shape, make_site

NGINX = Binary("nginx", "/opt/nginx", "wheel", "1.31.3", ("stub_status", "gzip_static", "brotli", "zstd"))


def test_the_edge_waits_for_every_instance_of_the_application() -> None:
    site = make_site()
    (service,) = plan(site)
    count = site.topology.app.instances.whole
    assert service.needs == tuple(f"app-{number}" for number in range(1, count + 1))
    assert edge_config(site, NGINX).backends == tuple(f"unix:run/{name}.sock" for name in service.needs)


def test_a_folder_too_deep_for_sockets_gets_ports() -> None:
    site = make_site("/srv/" + "deep/" * 30 + ".tenfold")
    assert edge_config(site, NGINX).backends[0] == f"127.0.0.1:{site.ports['app-1']}"


def test_a_stack_without_nginx_says_how_to_have_it() -> None:
    site = replace(make_site(), binaries={})
    with pytest.raises(TenfoldError, match=r"tenfold\[stack\]"):
        list(plan(site))


def test_varnish_stands_between_when_it_is_asked_for_and_found() -> None:
    site = make_site(config={"services": ("varnish",)})
    (service,) = plan(site)
    config = edge_config(site, NGINX)
    assert "varnish" in service.needs
    assert config.backends == ("unix:run/varnish.sock",)
    assert config.cache_folder == "", "one cache, not two"


def test_varnish_that_was_not_found_leaves_the_edge_its_own_cache() -> None:
    site = replace(make_site(config={"services": ("varnish",)}), binaries={"nginx": NGINX})
    (service,) = plan(site)
    assert "varnish" not in service.needs
    assert edge_config(site, NGINX).cache_folder


def test_the_edge_waits_longer_than_the_application_may_take() -> None:
    site = make_site()
    assert edge_config(site, NGINX).read_seconds > site.topology.timeouts.app.seconds


def test_the_edge_closes_idle_connections_before_the_application_does() -> None:
    site = make_site()
    assert edge_config(site, NGINX).keepalive_seconds < max(2, site.topology.app.keepalive.seconds)


def test_only_root_names_a_user() -> None:
    assert edge_config(make_site(), NGINX).user == ""
    assert edge_config(make_site(root_user=True), NGINX).user == "root root"


def test_an_ability_is_what_the_build_does_not_lack() -> None:
    assert edge_config(make_site(), NGINX).abilities == frozenset()
    assert "stub_status" in edge_config(make_site(), replace(NGINX, lacks=("brotli",))).abilities


def test_loopback_clients_are_not_limited_and_others_are() -> None:
    config = edge_config(make_site(), NGINX)
    assert config.rate > 0
    assert "127.0.0.0/8" in config.rate_exempt


def test_files_that_the_project_brings_built_come_first() -> None:
    site = make_site(shape=make_shape(static_root="/srv/shop/static", static_built=True))
    assert static_folders(site) == ("/srv/shop/static", "/srv/shop/.tenfold/static")
    assert static_folders(make_site()) == ("/srv/shop/.tenfold/static",)


def test_uploads_are_looked_for_in_the_stack_and_then_in_the_project() -> None:
    site = make_site(shape=make_shape(media_url="/media/", media_root="/srv/shop/media/"))
    assert edge_config(site, NGINX).media_folders == ("/srv/shop/.tenfold/media", "/srv/shop/media")


@pytest.mark.parametrize(
    ("project", "names"),
    [
        ("Shop", ("localhost", "shop.localhost")),
        ("my_shop", ("localhost", "my-shop.localhost")),
        ("商店", ("localhost",)),
    ],
)
def test_a_project_has_a_name_of_its_own_below_localhost(project: str, names: tuple[str, ...]) -> None:
    assert server_names(project) == names


def test_an_instance_that_failed_is_asked_again_at_once() -> None:
    (service,) = plan(make_site())
    configuration = next(file.text for file in service.files if file.path.endswith("nginx.conf"))
    assert configuration.count("max_fails=0 ") == make_site().topology.app.instances.whole


def test_a_long_name_is_cut_to_what_a_certificate_takes() -> None:
    (_, own) = server_names("order " * 30)
    assert own == f"{'order-' * 10}ord.localhost"
    assert server_names("日本") == ("localhost",)
