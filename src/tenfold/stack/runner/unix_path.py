"""A Unix socket's path as the kernel takes it, however deep the project lies."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST = 107
"""Bytes. https://man7.org/linux/man-pages/man7/unix.7.html"""


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """The path itself, or one through a descriptor of its folder that holds inside the `with`."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)
