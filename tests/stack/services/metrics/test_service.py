from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from tenfold.stack.environment import give_environment
from tenfold.stack.inspected import Inspected
from tenfold.stack.service import Binary
from tenfold.stack.services.metrics.service import plan, ports
from tenfold.stack.site import Wanted
from tests.stack.example_site import make_shape, make_site

if TYPE_CHECKING:
    from tenfold.stack.site import Site


def measured(**changes: object) -> Site:
    return make_site(config={"services": ("metrics",)}, **changes)


def names(site: Site) -> list[str]:
    return [service.name for service in plan(site)]


def test_metrics_are_planned_only_when_asked_for_and_found() -> None:
    assert names(make_site()) == []
    assert names(replace(measured(), binaries={})) == []
    assert "metrics" in names(measured())


def test_ports_are_taken_only_when_asked_for() -> None:
    site = measured()
    assert "metrics" in ports(Wanted(site.shape, site.config, 1, 2))
    assert ports(Wanted(site.shape, make_site().config, 1, 2)) == ()


def test_every_exporter_is_scraped_where_it_listens() -> None:
    planned = {service.name: service for service in plan(measured())}
    text = next(f.text for f in planned["metrics"].files if f.path.endswith("prometheus.yml"))
    scraped = {
        one["job_name"]: one["static_configs"][0]["targets"][0]
        for one in yaml.safe_load(text)["scrape_configs"]
    }
    assert scraped.pop("prometheus")
    assert {f"metrics-{job}": address for job, address in scraped.items()} == {
        name: service.address for name, service in planned.items() if name != "metrics"
    }


def test_an_nginx_without_counters_is_not_asked_for_them() -> None:
    site = measured()
    lacking = Binary("nginx", "/opt/nginx", "wheel", "1.31.3", ("stub_status",))
    assert "metrics-nginx" in names(site)
    assert "metrics-nginx" not in names(replace(site, binaries={**site.binaries, "nginx": lacking}))


def test_an_exporter_that_was_not_found_is_left_out() -> None:
    site = measured()
    binaries = {name: one for name, one in site.binaries.items() if name != "redis-exporter"}
    assert not {"metrics-cache", "metrics-broker"} & set(names(replace(site, binaries=binaries)))


def test_without_tasks_there_is_no_broker_to_watch() -> None:
    assert "metrics-broker" not in names(measured(shape=make_shape(celery="", scheduled=False)))


def test_passwords_are_in_the_environment_alone() -> None:
    site = measured(folder="/srv/" + "deep/" * 30 + ".tenfold")
    postgres = next(service for service in plan(site) if service.name == "metrics-postgres")
    assert "database-secret" in postgres.command.environment["DATA_SOURCE_NAME"]
    assert "database-secret" not in " ".join(postgres.command.words)


def test_a_project_with_the_block_is_scraped_through_the_edge_with_a_token() -> None:
    middleware = ["django_tenfold.observability.health_middleware.HealthMiddleware"]
    site = measured(shape=make_shape(inspected=Inspected(facts={"MIDDLEWARE": middleware})))
    files = {file.path: file for service in plan(site) for file in service.files}
    (app,) = (
        one
        for one in yaml.safe_load(files["etc/metrics/prometheus.yml"].text)["scrape_configs"]
        if one["job_name"] == "app"
    )
    token = files["etc/metrics/token"]
    assert app["authorization"]["credentials_file"] == site.path(token.path)
    assert (app["scheme"], app["static_configs"][0]["targets"]) == (
        "https",
        [f"127.0.0.1:{site.ports['https']}"],
    )
    assert token.mode == 0o600
    assert give_environment(site)[0]["TENFOLD_METRICS_TOKEN"] == token.text


def test_a_project_without_the_block_is_not_asked() -> None:
    assert "etc/metrics/token" not in {file.path for service in plan(measured()) for file in service.files}
    assert "TENFOLD_METRICS_TOKEN" not in give_environment(measured())[0]


def test_no_part_of_the_metrics_is_essential() -> None:
    assert not any(service.essential for service in plan(measured()))
