"""Command lines of uvicorn, daphne, granian, hypercorn and waitress.

Option names are those of each server's own command line with underscores: `--timeout-keep-alive` is
"timeout_keep_alive"; the application is "app".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.readers.server_files.words import Grammar, read_value, split_options
from tenfold.project.settings import Possible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenfold.project.model import Location

_UVICORN_FLAGS = frozenset(
    "reload access_log no_access_log use_colors no_use_colors proxy_headers no_proxy_headers server_header"
    " no_server_header date_header no_date_header factory version help".split()
)
_GRANIAN_FLAGS = frozenset(
    "reload no_reload access_log no_access_log log no_log log_access factory no_factory"
    " respawn_failed_workers no_respawn_failed_workers ws no_ws http1_keep_alive no_http1_keep_alive"
    " url_path_prefix_none".split()
)
GRAMMARS: Mapping[str, Grammar] = {
    "uvicorn": Grammar({}, _UVICORN_FLAGS),
    "daphne": Grammar(
        {"-p": "port", "-b": "bind", "-u": "unix_socket", "-v": "verbosity", "-t": "http_timeout",
         "-e": "endpoint"},
        frozenset({"proxy_headers", "no_server_name"}),
    ),
    "granian": Grammar({}, _GRANIAN_FLAGS),
    "hypercorn": Grammar(
        {"-b": "bind", "-w": "workers", "-k": "worker_class", "-c": "config", "-p": "pid", "-g": "group",
         "-m": "umask", "-u": "user"},
        frozenset({"debug", "reload", "daemon"}),
    ),
    "waitress": Grammar(
        {},
        frozenset({"expose_tracebacks", "no_expose_tracebacks", "call", "log_untrusted_proxy_headers",
                   "no_log_untrusted_proxy_headers", "clear_untrusted_proxy_headers", "help"}),
    ),
}  # fmt: skip


def read_command_line(
    kind: str, words: Sequence[str], where: Location, environment: Mapping[str, str]
) -> dict[str, tuple[Possible, ...]]:
    """Options of a command line (without the program's own name); repeated ones keep every value."""
    found: dict[str, tuple[Possible, ...]] = {}
    workers = environment.get("WEB_CONCURRENCY", "")
    if workers and kind == "uvicorn":
        value = read_value(workers, where, environment=environment).value
        found["workers"] = (Possible(value, where, variable="WEB_CONCURRENCY"),)
    given: dict[str, tuple[Possible, ...]] = {}
    for name, text in split_options(words, GRAMMARS[kind]):
        if text is None:
            own, value = (name[3:], False) if name.startswith("no_") else (name, True)
            given[own] = (Possible(value, where),)
        else:
            own = name or "app"
            given[own] = (*given.get(own, ()), read_value(text, where, environment=environment))
    return {**found, **given}
