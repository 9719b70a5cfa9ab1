"""A real nginx, out of the wheel and from PATH, before two applications."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.services.edge.service import NGINX
from tests.live.stack.driving import wait_until
from tests.live.stack.edges import start_edge
from tests.stack.example_site import make_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.stack.site import Site
    from tests.live.stack.driving import Driver
    from tests.live.stack.edges import Edge

pytestmark = pytest.mark.live
HASHED = "css/site.0a1b2c3d4e5f.css"


@pytest.fixture(params=[True, False], ids=["wheel", "path"])
def edge(
    request: pytest.FixtureRequest, site_with: Callable[..., Site], driving: Callable[[Site], Driver]
) -> Edge:
    site = site_with(
        NGINX, wheel=request.param, shape=make_shape(media_url="/media/"), root_user=os.geteuid() == 0
    )
    for path, text in ((f"static/{HASHED}", "a { color: red }\n" * 500), ("static/plain.txt", "plain")):
        file = Path(site.path(path))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    Path(site.path("media")).mkdir()
    return start_edge(site, driving(site))


def test_a_page_comes_over_tls_that_its_authority_vouches_for(edge: Edge) -> None:
    answer = edge.fetch("/")
    assert answer.status == 200
    assert answer.told["from"] in ("app-1", "app-2")
    assert answer.headers["Server"] == "nginx", "no version"


def test_plain_http_leads_to_tls_and_not_for_ever(edge: Edge) -> None:
    answer = edge.fetch_plain("/a?b=c", method="POST")
    assert answer.status == 307
    assert answer.headers["Location"] == f"https://127.0.0.1:{edge.port}/a?b=c"


def test_the_application_learns_the_way_and_a_client_cannot_invent_it(edge: Edge) -> None:
    spoofed = {
        "X_Forwarded_For": "6.6.6.6",
        "X_Forwarded_Proto": "http",
        "X_Forwarded_Host": "evil",
        "Forwarded": "for=6",
    }
    told = edge.fetch("/", X_Real_IP="6.6.6.6", Proxy="evil", **spoofed).told["headers"]
    host = f"localhost:{edge.port}"
    assert (told["host"], told["x-forwarded-host"]) == (host, host)
    assert (told["x-forwarded-for"], told["x-real-ip"]) == ("127.0.0.1", "127.0.0.1")
    assert told["x-forwarded-proto"] == "https"
    assert not {"forwarded", "proxy"} & told.keys()
    assert told["x-request-start"].startswith("t=")


def test_a_request_has_one_id_from_client_to_log(edge: Edge) -> None:
    made = edge.fetch("/")
    assert made.headers.get_all("X-Request-ID") == [made.told["headers"]["x-request-id"]]
    kept = edge.fetch("/own?token=secret", X_Request_ID="from-the-client-1")
    assert kept.headers.get_all("X-Request-ID") == ["from-the-client-1"]
    spoilt = edge.fetch("/", X_Request_ID='x" , "evil": "')
    assert '"' not in spoilt.headers["X-Request-ID"]
    log = Path(edge.site.path("logs/edge-access.log"))
    wait_until(lambda: "from-the-client-1" in log.read_text(), "the log has the request")
    entry = next(
        one
        for one in map(json.loads, log.read_text().splitlines())
        if one["request_id"] == "from-the-client-1"
    )
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/own", 200)
    assert entry["upstream_seconds"]


def test_security_headers_come_once_whoever_sets_them(edge: Edge) -> None:
    for path, policy in (("/", "strict-origin-when-cross-origin"), ("/own", "no-referrer")):
        headers = edge.fetch(path).headers
        assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert headers.get_all("Referrer-Policy") == [policy]
    assert edge.fetch("/strict").headers.get_all("X-Content-Type-Options") == ["nosniff"]


def test_hsts_never_sticks_to_localhost_but_to_the_projects_own_name(edge: Edge) -> None:
    assert edge.fetch("/strict").headers.get_all("Strict-Transport-Security") == ["max-age=0"]
    own = edge.fetch("/strict", Host=f"shop.localhost:{edge.port}")
    assert own.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]


def test_large_answers_are_compressed_for_those_who_can_read_them(edge: Edge) -> None:
    packed = edge.fetch("/big", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == edge.fetch("/big").body
    assert "Content-Encoding" not in edge.fetch("/", Accept_Encoding="gzip").headers, "too small to gain"


def test_static_files_come_from_disk_and_hashed_ones_for_a_year(edge: Edge) -> None:
    hashed = edge.fetch(f"/static/{HASHED}", Accept_Encoding="gzip")
    assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert hashed.headers["Content-Type"] == "text/css; charset=utf-8"
    assert hashed.headers["Content-Encoding"] == "gzip"
    plain = edge.fetch("/static/plain.txt")
    assert (plain.body, plain.headers["Cache-Control"]) == (b"plain", "public, max-age=300")
    assert edge.fetch("/static/plain.txt", If_None_Match=plain.headers["ETag"]).status == 304
    assert edge.fetch("/static/absent.css").told["from"], "the application answers for what is not there"


@pytest.mark.parametrize(
    "path", ["/static/../etc/edge/key.pem", "/static/%2e%2e/etc/edge/key.pem", "/media/..%2fsecrets.json"]
)
def test_nothing_beside_the_folders_can_be_had(edge: Edge, path: str) -> None:
    answer = edge.fetch(path)
    assert b"PRIVATE KEY" not in answer.body
    assert answer.status == 400 or answer.told["from"]


def test_uploads_are_shown_or_downloaded_but_never_run(edge: Edge) -> None:
    for name in ("photo.jpg", "page.html", "drawing.svg"):
        Path(edge.site.path(f"media/{name}")).write_text("<script>alert(1)</script>")
    assert "Content-Disposition" not in edge.fetch("/media/photo.jpg").headers
    for name in ("page.html", "drawing.svg"):
        headers = edge.fetch(f"/media/{name}").headers
        assert headers["Content-Disposition"] == "attachment"
        assert headers["X-Content-Type-Options"] == "nosniff"


def numbers(edge: Edge, path: str, **headers: str) -> set[tuple[str, int]]:
    """Which answers of the applications three requests get: one when it is kept."""
    told = [edge.fetch(path, **headers).told for _ in range(3)]
    return {(one["from"], one["number"]) for one in told}


def test_a_page_that_the_application_calls_public_is_kept(edge: Edge) -> None:
    assert len(numbers(edge, "/public")) == 1
    assert edge.fetch("/public").headers["X-Cache"] == "HIT"
    assert len(numbers(edge, "/public", Cookie="_ga=GA1.2.3; _gid=4")) == 1, "analytics say nothing"


@pytest.mark.parametrize("path", ["/private", "/unmarked", "/cookie"])
def test_a_page_that_may_be_of_one_person_is_never_kept(edge: Edge, path: str) -> None:
    assert len(numbers(edge, path)) == 3


@pytest.mark.parametrize(
    "header", [{"Cookie": "sessionid=x"}, {"Authorization": "Token x"}, {"X_Api_Key": "x"}]
)
def test_whoever_says_who_he_is_gets_no_kept_page_and_leaves_none(edge: Edge, header: dict[str, str]) -> None:
    assert len(numbers(edge, "/public", **header)) == 3
    assert edge.fetch("/public").headers["X-Cache"] == "MISS"
    assert len(numbers(edge, "/public", **header)) == 3


def test_a_page_is_kept_for_each_language_that_it_varies_by(edge: Edge) -> None:
    german, english = (edge.fetch("/varied", Accept_Language=one).told for one in ("de", "en"))
    assert (german["headers"]["accept-language"], english["headers"]["accept-language"]) == ("de", "en")
    assert edge.fetch("/varied", Accept_Language="de").headers["X-Cache"] == "HIT"


def test_a_kept_page_is_shown_while_the_application_is_down(edge: Edge) -> None:
    kept = edge.fetch("/brief").body
    for name in [name for name in edge.driver.running if name.startswith("app-")]:
        edge.driver.kill(name)
    wait_until(lambda: edge.fetch("/brief").headers["X-Cache"] == "STALE", "its time is over")
    assert edge.fetch("/brief").body == kept
    assert edge.fetch("/unmarked").status == 502


def test_a_client_that_asks_too_often_is_told_so_and_others_are_not(edge: Edge) -> None:
    path = Path(edge.site.path("etc/edge/nginx.conf"))
    text = path.read_text().replace("127.0.0.0/8 0;", "").replace("rate=100r/s", "rate=1r/m")
    path.write_text(text.replace("burst=200 nodelay", "burst=1 nodelay"))
    assert {edge.fetch("/").status for _ in range(20)} == {200}, "this machine's own requests are not counted"
    os.kill(edge.driver.running["edge"].pid, signal.SIGHUP)
    wait_until(lambda: edge.fetch("/").status == 429, "the limit holds")
    assert edge.fetch("/static/plain.txt").status == 200


def test_another_host_gets_no_page_of_this_one(edge: Edge) -> None:
    edge.fetch("/public")
    other = edge.fetch("/public", Host="other.example.org")
    assert other.headers["X-Cache"] == "MISS"
    assert other.told["headers"]["host"] == "other.example.org"


def test_a_body_that_is_too_large_is_refused_unread(edge: Edge) -> None:
    with edge.context().wrap_socket(
        socket.create_connection(("localhost", edge.port), timeout=20), server_hostname="localhost"
    ) as one:
        one.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 209715200\r\n\r\n")
        assert one.recv(4096).startswith(b"HTTP/1.1 413")
    assert edge.fetch("/", method="POST", body=b"x" * 300_000).told["read"] == 300_000


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000 + b"\r\n\r\n",
    ],
)
def test_malformed_requests_never_reach_the_application(edge: Edge, request_bytes: bytes) -> None:
    with edge.context().wrap_socket(
        socket.create_connection(("localhost", edge.port), timeout=20), server_hostname="localhost"
    ) as one:
        one.sendall(request_bytes)
        assert one.recv(4096).split(b" ")[1][:3] == b"400"


def test_slow_clients_hold_nobody_up(edge: Edge) -> None:
    slow = []
    try:
        for _ in range(32):
            plain = socket.create_connection(("localhost", edge.port), timeout=20)
            one = edge.context().wrap_socket(plain, server_hostname="localhost")
            one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
            slow.append(one)
        assert {edge.fetch("/").status for _ in range(20)} == {200}
    finally:
        for one in slow:
            one.close()


def test_a_killed_instance_costs_no_get(edge: Edge) -> None:
    statuses: list[int] = []
    done = threading.Event()

    def fetch_on() -> None:
        while not done.is_set():
            statuses.append(edge.fetch("/slow").status)

    clients = [threading.Thread(target=fetch_on) for _ in range(8)]
    for client in clients:
        client.start()
    wait_until(lambda: len(statuses) > 16, "requests go through")
    edge.driver.kill("app-1")
    before = len(statuses)
    wait_until(lambda: len(statuses) > before + 24, "requests go on")
    done.set()
    for client in clients:
        client.join()
    assert set(statuses) == {200}
    assert {edge.fetch("/").told["from"] for _ in range(4)} == {"app-2"}


def test_a_post_is_not_sent_twice(edge: Edge) -> None:
    edge.driver.kill("app-1")
    edge.driver.kill("app-2")
    assert edge.fetch("/", method="POST", body=b"x").status == 502


@pytest.mark.parametrize(("version", "works"), [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_only_tls_of_today_is_spoken(edge: Edge, version: str, works: bool) -> None:
    context = edge.context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with socket.create_connection(("localhost", edge.port), timeout=20) as plain:
        if works:
            with context.wrap_socket(plain, server_hostname="localhost") as one:
                assert one.version() == version.replace("_", ".")
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                context.wrap_socket(plain, server_hostname="localhost")


def test_http2_is_offered_and_http1_remains(edge: Edge) -> None:
    for offered, chosen in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")):
        context = edge.context()
        context.set_alpn_protocols(offered)
        with (
            socket.create_connection(("localhost", edge.port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as one,
        ):
            assert one.selected_alpn_protocol() == chosen


def test_counters_are_shown_only_where_the_build_has_them(edge: Edge) -> None:
    has = "stub_status" not in edge.site.binaries["nginx"].lacks
    assert (edge.fetch_plain("/nginx-status").status == 200) is has


def test_files_are_read_anew_and_it_stops_when_asked_to(edge: Edge) -> None:
    service = edge.driver.services["edge"]
    path = Path(edge.site.path("etc/edge/nginx.conf"))
    path.write_text(path.read_text().replace("max-age=300", "max-age=301"))
    os.kill(edge.driver.running["edge"].pid, signal.SIGHUP)
    assert service.reload_signal == "HUP"
    wait_until(
        lambda: edge.fetch("/static/plain.txt").headers["Cache-Control"] == "public, max-age=301",
        "the new file holds",
    )
    assert edge.driver.stop("edge") == 0


def test_nginx_itself_finds_nothing_to_warn_of(edge: Edge) -> None:
    words = edge.driver.services["edge"].command.words
    checked = subprocess.run(
        [*words, "-t"], cwd=edge.site.folder, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0
    assert "[warn]" not in checked.stderr
    assert "[warn]" not in edge.driver.log("edge")
