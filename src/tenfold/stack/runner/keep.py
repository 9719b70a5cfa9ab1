"""Small files that are kept from one start to the next: replaced as a whole, or not at all."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from pathlib import Path


def replace_file(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write beside the file and put it in its place: a reader sees the old text or the new one.

    The folder is made. Raises TenfoldError when it cannot be written (a full disk); the old file stays then.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise TenfoldError(
            f"{path} cannot be written.",
            why=error.strerror or str(error),
            next_step="Make room, or allow writing there; nothing was changed.",
        ) from error
    finally:
        beside.unlink(missing_ok=True)
