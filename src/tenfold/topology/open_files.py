"""Open files: what a proxy's connections need of them, and the limits that stand against it."""

from __future__ import annotations

SOFT_LIMIT = 1024
"""Open files a process may have by default on Linux (RLIMIT_NOFILE's soft limit)."""
PER_REQUEST = 2
"""Files of a proxied request: the client's connection and the application's."""
OTHER_FILES = 64
"""Files of one proxy process beside its connections: listeners, logs, pages that are being cached."""


def needed_files(connections: int) -> int:
    """Open files of a proxy process whose every connection brings one to the application."""
    return connections * PER_REQUEST


def granted_files(connections: int) -> int:
    """A limit that is worth setting: twice what is needed, as a limit costs nothing."""
    return 2 * needed_files(connections)


def fitting_connections(open_files: int) -> int:
    """Connections that a proxy process may promise when it may open so many files."""
    return max(0, open_files - OTHER_FILES) // PER_REQUEST
