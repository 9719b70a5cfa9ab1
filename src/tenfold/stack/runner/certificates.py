"""A certificate for localhost and an authority of its own, made once and renewed when its end is near.

The authority's key is never written: a person who trusts the authority trusts these names alone, and nobody
who reads the folder can vouch for others. A renewal therefore brings a new authority.
"""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.stack.runner.keep import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ADDRESSES = ("127.0.0.1", "::1")
VALID = datetime.timedelta(days=397)
"""Browsers refuse longer ones. https://support.apple.com/en-us/102028"""
RENEW_BEFORE = datetime.timedelta(days=30)
CERTIFICATE, KEY, AUTHORITY = "certificate.pem", "key.pem", "authority.pem"


@dataclass(frozen=True, slots=True)
class LocalCertificate:
    """Where the parts are."""

    certificate: Path
    key: Path
    authority: Path
    """What a person, or `curl --cacert`, trusts."""
    until: datetime.datetime
    made: bool = False
    """It was made just now: browsers that trusted another authority must be told of this one."""


def keep_certificate(
    folder: Path, names: Iterable[str], *, now: datetime.datetime | None = None
) -> LocalCertificate:
    """The certificate in `folder` for the names and the loopback addresses, made anew when it is missing,
    spoilt, near its end or for other names. Files have mode 0600.

    Raises TenfoldError when the packages that make it are missing.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    wanted = frozenset((*names, *ADDRESSES))
    until = _valid_until(folder, wanted, now)
    made = until is None
    if until is None:
        until = now.replace(microsecond=0) + VALID
        _make(folder, wanted, now=now, until=until)
    return LocalCertificate(folder / CERTIFICATE, folder / KEY, folder / AUTHORITY, until, made=made)


def _valid_until(folder: Path, wanted: frozenset[str], now: datetime.datetime) -> datetime.datetime | None:
    """The end of a certificate that will do; None when a new one is due."""
    try:
        texts = [(folder / name).read_bytes() for name in (CERTIFICATE, KEY, AUTHORITY)]
    except OSError:
        return None
    read = _read(texts[0], texts[1])
    if read is None:
        return None
    names, begin, end = read
    return end if wanted <= names and begin <= now < end - RENEW_BEFORE else None


def _read(
    certificate: bytes, key: bytes
) -> tuple[frozenset[str], datetime.datetime, datetime.datetime] | None:
    """Names, first and last moment; None when it is no certificate, or not this key's."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        one = x509.load_pem_x509_certificate(certificate)
        if load_pem_private_key(key, None).public_key() != one.public_key():
            return None
        found = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, x509.ExtensionNotFound):
        return None
    names = found.get_values_for_type(x509.DNSName)
    addresses = map(str, found.get_values_for_type(x509.IPAddress))
    return frozenset((*names, *addresses)), one.not_valid_before_utc, one.not_valid_after_utc


def _make(folder: Path, wanted: frozenset[str], *, now: datetime.datetime, until: datetime.datetime) -> None:
    try:
        import trustme
    except ModuleNotFoundError as error:
        raise TenfoldError(
            "The edge's certificate cannot be made.",
            why=f"The package {error.name} is not installed beside Tenfold.",
            next_step='pip install "tenfold[stack]"',
        ) from error
    authority = trustme.CA(
        organization_name="Tenfold", organization_unit_name="of one stack, its key is gone"
    )
    # An hour before now: clocks differ.
    begin = now - datetime.timedelta(hours=1)
    leaf = authority.issue_cert(*sorted(wanted, key=_names_first), not_before=begin, not_after=until)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    # The key first: an interrupted writing leaves a pair that does not match, and is made anew.
    for name, content in ((KEY, leaf.private_key_pem), (AUTHORITY, authority.cert_pem)):
        replace_file(folder / name, content.bytes().decode("ascii"), mode=0o600)
    replace_file(folder / CERTIFICATE, chain.decode("ascii"), mode=0o600)


def _names_first(name: str) -> tuple[bool, str]:
    """Sorts names before addresses."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False, name
    return True, name
