from __future__ import annotations

import datetime
import ssl
import stat
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.certificates import RENEW_BEFORE, VALID, keep_certificate

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("localhost", "shop.localhost")
NOW = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)


def test_a_certificate_is_made_once_and_kept(tmp_path: Path) -> None:
    first = keep_certificate(tmp_path / "edge", NAMES, now=NOW)
    text = first.certificate.read_bytes()
    again = keep_certificate(tmp_path / "edge", NAMES, now=NOW)
    assert (first.made, again.made) == (True, False)
    assert again.certificate.read_bytes() == text
    assert again.until == first.until == NOW + VALID


def test_nobody_else_reads_the_key(tmp_path: Path) -> None:
    made = keep_certificate(tmp_path / "edge", NAMES)
    for path in (made.key, made.certificate, made.authority):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_key_and_certificate_belong_together_and_the_authority_vouches(tmp_path: Path) -> None:
    made = keep_certificate(tmp_path, NAMES)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.certificate, made.key)
    assert len(ssl.create_default_context(cafile=str(made.authority)).get_ca_certs()) == 1


def test_the_authoritys_key_is_written_nowhere(tmp_path: Path) -> None:
    keep_certificate(tmp_path, NAMES)
    holders = [path.name for path in tmp_path.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert holders == ["key.pem"]


def test_a_certificate_near_its_end_is_made_anew(tmp_path: Path) -> None:
    first = keep_certificate(tmp_path, NAMES, now=NOW)
    near = first.until - RENEW_BEFORE
    assert not keep_certificate(tmp_path, NAMES, now=near - datetime.timedelta(seconds=1)).made
    assert keep_certificate(tmp_path, NAMES, now=near).made


def test_a_clock_that_was_set_back_brings_a_new_certificate(tmp_path: Path) -> None:
    keep_certificate(tmp_path, NAMES, now=NOW)
    assert keep_certificate(tmp_path, NAMES, now=NOW - datetime.timedelta(days=2)).made


def test_another_name_brings_a_new_certificate(tmp_path: Path) -> None:
    keep_certificate(tmp_path, NAMES)
    assert keep_certificate(tmp_path, ("localhost", "other.localhost")).made


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
def test_a_spoilt_file_is_replaced(tmp_path: Path, name: str) -> None:
    keep_certificate(tmp_path, NAMES)
    (tmp_path / name).write_text("spoilt")
    made = keep_certificate(tmp_path, NAMES)
    assert made.made
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.certificate, made.key)


def test_another_certificates_key_is_noticed(tmp_path: Path) -> None:
    keep_certificate(tmp_path / "a", NAMES)
    other = keep_certificate(tmp_path / "b", NAMES)
    (tmp_path / "a" / "key.pem").write_bytes(other.key.read_bytes())
    assert keep_certificate(tmp_path / "a", NAMES).made
