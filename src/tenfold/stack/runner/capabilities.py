"""What a found program cannot do, as far as a stack minds: asked of the program itself, never guessed.

A name that is absent from `CAPABILITIES` lacks nothing that is known.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NGINX = {
    "ssl": r"--with-http_ssl_module",
    "http_v2": r"--with-http_v2_module",
    "http_v3": r"--with-http_v3_module",
    "realip": r"--with-http_realip_module",
    "stub_status": r"--with-http_stub_status_module",
    "gzip_static": r"--with-http_gzip_static_module",
    "gunzip": r"--with-http_gunzip_module",
    "brotli": r"--add-module=\S*brotli",
    "zstd": r"--add-module=\S*zstd",
}
"""Arguments that nginx was configured with. Modules that are loaded at run time stand apart and count as lacking."""
POSTGRES = {"ssl": "libssl", "icu": "libicu", "lz4": "liblz4"}
"""Libraries that the server is linked with: pg_config may be missing, or another version's."""


def find_lacks(name: str, path: Path, *, ask: Callable[..., str], version: str) -> tuple[str, ...]:
    """What the program `name` at `path` cannot do. `ask(*words)` gives what a command line prints."""
    test = CAPABILITIES.get(name)
    return test(path, ask, version) if test else ()


def compare_versions(one: str, other: str) -> int:
    """-1, 0 or 1 as the first is older, equal or newer: by its leading numbers, "16beta1" counts as 16."""
    first, second = (_numbers(text) for text in (one, other))
    longest = max(len(first), len(second))
    padded = [(*numbers, *(0,) * (longest - len(numbers))) for numbers in (first, second)]
    return (padded[0] > padded[1]) - (padded[0] < padded[1])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", re.split(r"[^\d.]", text, maxsplit=1)[0]))


def _nginx(path: Path, ask: Callable[..., str], version: str) -> tuple[str, ...]:
    built = ask(str(path), "-V")
    return tuple(name for name, pattern in NGINX.items() if not re.search(pattern, built))


def _postgres(path: Path, ask: Callable[..., str], version: str) -> tuple[str, ...]:
    content = path.read_bytes()
    lacks = tuple(name for name, library in POSTGRES.items() if library.encode() not in content)
    return lacks if _has_extension(path.resolve(), "postgis") else (*lacks, "postgis")


def _has_extension(server: Path, name: str) -> bool:
    """Whether CREATE EXTENSION would find it: where Debian, Red Hat and a build of its own keep the control files."""
    prefix, version = server.parent.parent, server.parent.parent.name
    folders = (
        prefix / "share" / "extension",
        prefix / "share" / "postgresql" / "extension",
        prefix / "share" / "pgsql" / "extension",
        *(Path(root) / "share" / "postgresql" / version / "extension" for root in prefix.parents[1:3]),
    )
    return any((folder / f"{name}.control").exists() for folder in folders)


def _valkey(path: Path, ask: Callable[..., str], version: str) -> tuple[str, ...]:
    """Every build names its tls-* options; only one with TLS names OpenSSL's functions or its version."""
    content = path.read_bytes()
    return () if b"SSL_CTX_new" in content or b"OpenSSL " in content else ("tls",)


def _since(capability: str, first: str) -> Callable[[Path, Callable[..., str], str], tuple[str, ...]]:
    def test(path: Path, ask: Callable[..., str], version: str) -> tuple[str, ...]:
        return (capability,) if compare_versions(version, first) < 0 else ()

    return test


CAPABILITIES: Mapping[str, Callable[[Path, Callable[..., str], str], tuple[str, ...]]] = {
    "nginx": _nginx,
    "postgres": _postgres,
    "valkey": _valkey,
    # https://www.pgbouncer.org/changelog.html#pgbouncer-121x
    "pgbouncer": _since("prepared_statements", "1.21"),
    # https://rclone.org/changelog/#v1-65-0-2023-11-26
    "rclone": _since("serve_s3", "1.65"),
}
