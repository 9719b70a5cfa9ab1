"""The stack's own secrets: made once, kept in `.tenfold/secrets.json` (0600), never shown.

A database keeps the password it was made with and sessions the key they were signed with, so a spoilt file is
refused instead of being made anew.
"""

from __future__ import annotations

import json
import secrets
import string
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.stack.runner.keep import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

NAMES = ("database", "django", "broker", "dashboard", "metrics", "storage-key", "storage-secret")
LETTERS = string.ascii_letters + string.digits
"""Letters and digits alone: they need no quoting in URLs, .ini files, `.env` files and on command lines."""
LENGTHS = {"django": 64, "storage-key": 20, "storage-secret": 40}
"""Django warns of a SECRET_KEY below 50 (security.W009); S3 keys have 20 and 40; the others 32: 190 bits."""


def keep_secrets(path: Path, names: Iterable[str] = NAMES) -> Mapping[str, str]:
    """Every secret of the file, with those of `names` that it lacked made and written.

    Raises TenfoldError when the file is there and cannot be read.
    """
    kept = _read(path)
    missing = {name: _make(name) for name in names if not kept.get(name)}
    if missing:
        kept = {**kept, **missing}
        replace_file(path, json.dumps(kept, indent=1, sort_keys=True) + "\n", mode=0o600)
    elif path.exists() and path.stat().st_mode & 0o077:
        path.chmod(0o600)  # copied or checked out with the rights of an ordinary file
    return kept


def _make(name: str) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTHS.get(name, 32)))


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    try:
        data = json.loads(text)
    except ValueError as error:
        raise _unreadable(path, f"it is no JSON: {error}") from error
    if not isinstance(data, dict) or not all(isinstance(one, str) for one in data.values()):
        raise _unreadable(path, "it is no object of name and text")
    return data


def _unreadable(path: Path, why: str) -> TenfoldError:
    data = path.parent / "data"
    return TenfoldError(
        f"The stack's secrets cannot be read: {path}.",
        why=f"{why}. The databases below {data} were made with them.",
        next_step=f"Restore it; or remove it and {data} for a stack with new secrets and empty databases.",
    )
