"""Whether a secret is one that the repository shows to everyone."""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMES = ("SECRET_KEY", "DJANGO_SECRET_KEY")


def find_shipped_key(key: str, files: Iterable[str]) -> str:
    """The file that holds `key` as its SECRET_KEY, "" when none does. Hashes are compared, so that the time it
    takes tells nothing of the key."""
    digest = sha256(key.encode()).digest()
    for name in files:
        path = Path(name)
        if path.is_file():
            for shipped in _read_keys(path.read_text(encoding="utf-8", errors="replace")):
                if hmac.compare_digest(sha256(shipped.encode()).digest(), digest):
                    return name
    return ""


def _read_keys(text: str) -> Iterable[str]:
    for line in text.splitlines():
        name, equals, value = line.removeprefix("export ").partition("=")
        if equals and name.strip() in _NAMES and value.strip():
            yield value.strip().strip("'\"")
