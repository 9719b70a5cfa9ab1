"""One spelling for an e-mail address: what is stored, and what is compared.

Stored is the address without surrounding space, in Unicode's NFKC form, its domain in lower case and in ASCII
(punycode: where mail goes in the end). The part before the @ keeps its case, since a mail server may tell
"Ann" from "ann"; no two accounts may differ by case alone, though, and the database holds that.
"""

from __future__ import annotations

import unicodedata

LONGEST = 254
"""Characters of an address that can be delivered to (https://www.rfc-editor.org/errata/eid1690)."""


def normalise_address(text: str) -> str:
    """The stored spelling of an address. What is no address comes back as it is, for a validator to refuse."""
    text = text.strip()
    if len(text) > LONGEST:
        return text  # refused in any case: NFKC on megabytes is slow, and it makes nothing shorter
    local, at, domain = unicodedata.normalize("NFKC", text).rpartition("@")
    return f"{local}{at}{_ascii_domain(domain)}" if at else domain


def _ascii_domain(domain: str) -> str:
    """As Django writes it into the mail's header (`django.utils.encoding.punycode`)."""
    domain = domain.lower()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def fold_address(text: str) -> str:
    """One key for all spellings that any database's collation may take for the same account.

    Coarser than equality on purpose: accents and case are gone, as for MySQL's default collation. Whoever
    counts by it cannot be escaped by another spelling; two accounts that share it share a counter, no more.
    """
    # Upper case first: it is what joins "ı" with "i" and "ſ" with "s".
    upper = normalise_address(text[: LONGEST + 1]).upper()
    bare = (char for char in unicodedata.normalize("NFKD", upper) if not unicodedata.combining(char))
    return "".join(bare).casefold()


def has_plain_local_part(address: str) -> bool:
    """Whether the part before the @ is ASCII.

    Django's validator lets four other letters through, since they are "a letter" when case is ignored:
    "ı", "ſ", "İ" and "K" (Kelvin). They are what CVE-2019-19844 was made of.
    """
    return address.rpartition("@")[0].isascii()
