from __future__ import annotations

import re
from typing import Any

import crossplane
import pytest

from tenfold.stack.services.edge.config import (
    EdgeConfig,
    is_local,
    mime_types,
    parse_version,
    quote,
    render_edge,
    seconds,
)

LOCAL: dict[str, Any] = {
    "http": "127.0.0.1:20080",
    "https": "127.0.0.1:20443",
    "public_port": 20443,
    "certificate": "/srv/shop/certificate.pem",
    "certificate_key": "/srv/shop/key.pem",
    "backends": ("unix:run/app-1.sock", "unix:run/app-2.sock"),
}


def render(**changes: Any) -> str:
    return render_edge(EdgeConfig(**{**LOCAL, **changes}))


def directives(text: str, tmp_path: Any) -> list[dict[str, Any]]:
    """Every directive with its arguments, flat, as crossplane reads the file."""
    path = tmp_path / "nginx.conf"
    path.write_text(text)
    read = crossplane.parse(str(path), single=True, strict=False)
    assert read["errors"] == []

    def flat(block: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for item in block for one in (item, *flat(item.get("block", [])))]

    return flat(read["config"][0]["parsed"])


def arguments(text: str, name: str, tmp_path: Any) -> list[list[str]]:
    return [one["args"] for one in directives(text, tmp_path) if one["directive"] == name]


def test_an_edge_without_a_backend_is_refused() -> None:
    with pytest.raises(ValueError, match="backend"):
        render(backends=())


def test_tls_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        render(certificate_key="")


def test_http2_is_written_as_the_version_reads_it() -> None:
    old, new = render(version=(1, 22, 1)), render(version=(1, 25, 1))
    assert "listen 127.0.0.1:20443 ssl http2 default_server;" in old
    assert "http2 on;" not in old
    assert "listen 127.0.0.1:20443 ssl default_server;" in new
    assert "http2 on;" in new


@pytest.mark.parametrize("ability", ["stub_status", "gzip_static", "brotli", "zstd"])
def test_a_module_is_used_only_where_it_is_built(ability: str) -> None:
    assert not re.search(rf"^\s*{ability}\b", render(), re.MULTILINE)
    assert re.search(rf"^\s*{ability}\b", render(abilities=frozenset({ability})), re.MULTILINE)


def test_plain_http_redirects_with_method_and_body_kept_but_not_for_ever_on_localhost() -> None:
    assert "return 307 https://$host:20443$request_uri;" in render(sticky=False)
    assert "return 308 https://$host$request_uri;" in render(sticky=True, public_port=443)


def test_hsts_is_cleared_on_localhost_alone() -> None:
    assert 'localhost "max-age=0";' in render(sticky=False)
    assert "max-age=0" not in render(sticky=True)


def test_without_tls_everything_is_served_over_plain_http() -> None:
    text = render(https="")
    assert text.count("server {") == 1
    assert "ssl" not in text
    assert "return 30" not in text


def test_a_user_is_named_only_where_the_master_may_change_to_it() -> None:
    assert "\nuser " not in "\n" + render()
    assert render(user="root root").startswith("user root root;")


def test_the_cache_never_serves_whoever_has_cookies_or_credentials(tmp_path: Any) -> None:
    text = render(cache_folder="/srv/pages")
    for name in ("proxy_cache_bypass", "proxy_no_cache"):
        assert {"$http_authorization", "$edge_cookies"} <= set(arguments(text, name, tmp_path)[0])
    assert "proxy_cache" not in render()


def test_requests_for_one_page_never_wait_for_each_other() -> None:
    text = render(cache_folder="/srv/pages")
    assert not re.search(r"^\s*proxy_cache_lock", text, re.MULTILINE)


def test_requests_that_may_have_had_an_effect_are_not_sent_again(tmp_path: Any) -> None:
    assert arguments(render(), "proxy_next_upstream", tmp_path) == [["error", "timeout"]]


def test_a_request_that_took_the_whole_time_is_not_sent_again(tmp_path: Any) -> None:
    text = render(read_seconds=35.0)
    assert arguments(text, "proxy_next_upstream_timeout", tmp_path) == [["35s"]]
    assert arguments(text, "proxy_read_timeout", tmp_path) == [["35s"]]


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP"]
)
def test_what_a_client_says_of_its_way_is_overwritten(header: str, tmp_path: Any) -> None:
    values = {args[0]: args[1] for args in arguments(render(), "proxy_set_header", tmp_path)}
    assert header in values
    assert "$http_x_forwarded" not in values[header]
    assert "proxy_add_x_forwarded_for" not in values[header]


def test_no_limit_is_set_for_a_rate_of_nothing() -> None:
    assert "limit_req" not in render(rate=0)


def test_exempt_networks_are_not_counted() -> None:
    text = render(rate=100, burst=200, rate_exempt=("127.0.0.0/8",))
    assert "127.0.0.0/8 0;" in text
    assert "rate=100r/s" in text
    assert "limit_req zone=clients burst=200 nodelay;" in text
    assert "geo " not in render(rate=100, burst=200)


def test_files_are_looked_for_in_the_folders_and_then_asked_of_the_application(tmp_path: Any) -> None:
    text = render(static_url="/static/", static_folders=("/a", "/b c"))
    assert arguments(text, "try_files", tmp_path) == [
        ["/a/$edge_static", "/b c/$edge_static", "@application"]
    ]


@pytest.mark.parametrize("url", ["https://cdn.example.org/static/", "//cdn.example.org/", "/", "", "static/"])
def test_files_of_another_host_or_of_the_whole_site_get_no_location(url: str) -> None:
    assert not is_local(url)
    assert "try_files" not in render(static_url=url, static_folders=("/a",))


def test_dots_in_a_url_are_no_wildcards() -> None:
    text = render(static_url="/s.t/", static_folders=("/a",))
    assert r"^/s\\.t/" in text


@pytest.mark.parametrize(
    ("name", "immutable"),
    [
        ("app.0a1b2c3d4e5f.css", True),
        ("app-0a1b2c3d4e5f6a7b8c9d.js", True),
        ("admin/img/icon.svg", False),
        ("report.202401011200.csv", False),
        ("photo-20240101.jpg", False),
        ("app.0a1b2c3d4e5f/x.css", False),
    ],
)
def test_only_names_with_a_digest_are_kept_for_ever(name: str, immutable: bool) -> None:
    text = render(static_url="/static/", static_folders=("/a",))
    found = re.search(r'"~(.*)" "public, max-age=31536000, immutable"', text)
    assert found
    assert bool(re.search(found.group(1), f"/static/{name}")) is immutable


@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.svg", "a.xml", "a.js", "a.mjs", "a.xhtml", "a.shtml"])
def test_uploads_that_a_browser_would_run_are_attachments(name: str) -> None:
    found = re.search(r'"~\*(.*)" attachment', render(media_url="/media/", media_folders=("/m",)))
    assert found
    assert re.search(found.group(1), name, re.IGNORECASE)
    assert not re.search(found.group(1), "photo.jpg", re.IGNORECASE)


@pytest.mark.parametrize(
    ("cookie", "harmless"),
    [
        ("_ga=GA1.2.3", True),
        ("_ga=1; _gid=2;_pk_id.1=x", True),
        ("sessionid=abc", False),
        ("_ga=1; sessionid=abc", False),
        ("sessionid=abc; _ga=1", False),
        ("session_ga=abc", False),
        ("csrftoken=x", False),
        ("_ga", False),
    ],
)
def test_only_cookies_of_analytics_say_nothing_about_a_page(cookie: str, harmless: bool) -> None:
    found = re.search(r'"~(\^\(\?:\(\?:_ga.*)" "";', render(cache_folder="/srv/pages"))
    assert found
    assert bool(re.search(found.group(1), cookie)) is harmless


def test_websockets_pass_only_where_the_application_speaks_them() -> None:
    assert "$http_upgrade" not in render()
    assert "proxy_set_header Upgrade $http_upgrade;" in render(websockets=True)


def test_the_log_keeps_no_query(tmp_path: Any) -> None:
    (form,) = arguments(render(), "log_format", tmp_path)
    assert "$request_uri" not in " ".join(form)
    assert "$args" not in " ".join(form)


def test_a_switched_off_log_is_switched_off_everywhere(tmp_path: Any) -> None:
    text = render(access_log="off", media_url="/media/", media_folders=("/m",))
    assert {args[0] for args in arguments(text, "access_log", tmp_path)} == {"off"}


@pytest.mark.parametrize(
    ("text", "version"), [("1.31.3", (1, 31, 3)), ("nginx/1.22.1", (1, 22, 1)), ("", (1, 22, 0))]
)
def test_a_version_is_three_numbers_or_the_oldest(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


def test_quotation_marks_cannot_end_an_argument() -> None:
    assert quote('a"b\\') == r'"a\"b\\"'


@pytest.mark.parametrize(("value", "text"), [(2.0, "2s"), (1.5, "1500ms"), (35, "35s")])
def test_fractions_of_seconds_become_milliseconds(value: float, text: str) -> None:
    assert seconds(value) == text


def test_each_ending_has_one_type() -> None:
    endings = re.findall(r"(?<=\s)([a-z0-9]+)(?=[;\s])", mime_types().partition("{")[2])
    assert {"css", "js", "woff2", "svg", "avif"} <= set(endings)
    assert len(endings) == len(set(endings))
