from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.capabilities import compare_versions, find_lacks

if TYPE_CHECKING:
    from pathlib import Path

DEBIAN = (
    "configure arguments: --with-http_ssl_module --with-http_v2_module --with-http_stub_status_module "
    "--with-http_gzip_static_module --with-http_gunzip_module --with-http_realip_module "
)


@pytest.mark.parametrize(
    ("built", "lacks"),
    [
        (DEBIAN, ("http_v3", "brotli", "zstd")),
        (f"{DEBIAN} --with-http_v3_module --add-module=/src/ngx_brotli", ("zstd",)),
        (f"{DEBIAN} --add-dynamic-module=/src/ngx_brotli", ("http_v3", "brotli", "zstd")),
    ],
)
def test_nginx_tells_what_it_was_built_with(tmp_path: Path, built: str, lacks: tuple[str, ...]) -> None:
    asked = []

    def ask(*words: str) -> str:
        asked.append(words)
        return built

    assert find_lacks("nginx", tmp_path / "nginx", ask=ask, version="1.22.1") == lacks
    assert asked == [(str(tmp_path / "nginx"), "-V")]


@pytest.mark.parametrize(
    ("name", "content", "lacks"),
    [
        ("postgres", b"\0libssl.so.3\0libicui18n.so.72\0liblz4.so.1\0", ("postgis",)),
        ("postgres", b"\0libssl.so.3\0", ("icu", "lz4", "postgis")),
        ("valkey", b"\0tls-port\0tls-ca-cert-file\0", ("tls",)),
        ("valkey", b"\0tls-port\0SSL_CTX_new\0", ()),
    ],
)
def test_a_server_is_read_for_the_libraries_that_it_calls(
    tmp_path: Path, name: str, content: bytes, lacks: tuple[str, ...]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert find_lacks(name, path, ask=lambda *_: "", version="1") == lacks


@pytest.mark.parametrize(
    ("server", "control"),
    [
        ("usr/lib/postgresql/17/bin", "usr/share/postgresql/17/extension"),
        ("usr/pgsql-17/bin", "usr/pgsql-17/share/extension"),
        ("usr/bin", "usr/share/pgsql/extension"),
    ],
)
def test_postgis_is_known_by_its_control_file(tmp_path: Path, server: str, control: str) -> None:
    (tmp_path / server).mkdir(parents=True)
    (tmp_path / control).mkdir(parents=True)
    path = tmp_path / server / "postgres"
    path.write_bytes(b"libssl libicu liblz4")
    link = tmp_path / "postgres"
    link.symlink_to(path)
    assert find_lacks("postgres", link, ask=lambda *_: "", version="17") == ("postgis",)
    (tmp_path / control / "postgis.control").touch()
    assert find_lacks("postgres", link, ask=lambda *_: "", version="17") == ()


@pytest.mark.parametrize(
    ("name", "version", "lacks"),
    [
        ("pgbouncer", "1.18.0", ("prepared_statements",)),
        ("pgbouncer", "1.21.0", ()),
        ("rclone", "1.60.1", ("serve_s3",)),
        ("rclone", "1.75.2", ()),
        ("memcached", "1.0", ()),
    ],
)
def test_what_came_with_a_version_is_lacking_before_it(
    tmp_path: Path, name: str, version: str, lacks: tuple[str, ...]
) -> None:
    assert find_lacks(name, tmp_path, ask=lambda *_: "", version=version) == lacks


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("15.18", "14", 1), ("9.6", "14", -1), ("1.21", "1.21.0", 0), ("16beta1", "16", 0), ("1.9", "1.10", -1)],
)
def test_versions_are_compared_by_their_numbers(one: str, other: str, expected: int) -> None:
    assert compare_versions(one, other) == expected
