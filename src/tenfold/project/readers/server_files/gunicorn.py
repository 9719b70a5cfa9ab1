"""gunicorn: its settings from a command line, GUNICORN_CMD_ARGS and a Python configuration file.

Setting names: https://docs.gunicorn.org/en/stable/settings.html
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tenfold.project.readers.server_files.python_values import evaluate_module
from tenfold.project.readers.server_files.words import Grammar, read_value, split_options
from tenfold.project.settings import Possible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenfold.project.model import Location

SETTINGS = frozenset(
    "access_log_format accesslog backlog bind ca_certs capture_output cert_reqs certfile chdir"
    " check_config child_exit ciphers config daemon default_proc_name disable_redirect_access_to_syslog"
    " dogstatsd_tags enable_stdio_inheritance errorlog forwarded_allow_ips graceful_timeout group"
    " initgroups keepalive keyfile limit_request_field_size limit_request_fields limit_request_line"
    " logconfig logconfig_dict logconfig_json logger_class loglevel max_requests max_requests_jitter"
    " nworkers_changed on_exit on_reload on_starting paste pidfile post_fork post_request"
    " post_worker_init pre_exec pre_fork pre_request preload_app print_config proc_name proxy_allow_ips"
    " proxy_protocol pythonpath raw_env raw_paste_global_conf reload reload_engine reload_extra_files"
    " reuse_port secure_scheme_headers sendfile spew statsd_host statsd_prefix syslog syslog_addr"
    " syslog_facility syslog_prefix threads timeout tmp_upload_dir umask user when_ready worker_abort"
    " worker_class worker_connections worker_exit worker_int worker_tmp_dir workers wsgi_app"
    " control_socket control_socket_disable dirty_workers dirty_timeout ssl_context ssl_version"
    " http_protocols".split()
)
_TELLING = SETTINGS - {"config", "user", "group", "reload", "spew", "timeout", "syslog", "chdir", "umask"}
"""Settings whose name alone hardly occurs in other Python files."""
_GRAMMAR = Grammar(
    names={
        "-c": "config", "-b": "bind", "-w": "workers", "-k": "worker_class", "-t": "timeout",
        "-n": "proc_name", "-D": "daemon", "-p": "pidfile", "-u": "user", "-g": "group", "-m": "umask",
        "-e": "raw_env",
        "-R": "enable_stdio_inheritance", "--keep-alive": "keepalive", "--preload": "preload_app",
        "--access-logfile": "accesslog", "--access-logformat": "access_log_format", "--log-file": "errorlog",
        "--error-logfile": "errorlog", "--log-level": "loglevel", "--log-config": "logconfig",
        "--log-config-json": "logconfig_json", "--logger-class": "logger_class", "--name": "proc_name",
        "--pid": "pidfile", "--env": "raw_env", "--no-sendfile": "no_sendfile",
        "--reload-extra-file": "reload_extra_files", "--proxy-allow-from": "proxy_allow_ips",
        "--log-syslog": "syslog", "--log-syslog-to": "syslog_addr", "--log-syslog-prefix": "syslog_prefix",
        "--log-syslog-facility": "syslog_facility", "--no-control-socket": "control_socket_disable",
    },
    flags=frozenset(
        "daemon reload preload_app check_config print_config spew capture_output reuse_port"
        " no_sendfile enable_stdio_inheritance initgroups disable_redirect_access_to_syslog syslog"
        " proxy_protocol control_socket_disable help version".split()
    ),
)  # fmt: skip
_TEXT = frozenset({"bind", "accesslog", "errorlog", "umask", "raw_env"})
"""Settings whose value stays text even where it looks like a number or a truth value."""


def read_command_line(
    words: Sequence[str], where: Location, environment: Mapping[str, str]
) -> dict[str, tuple[Possible, ...]]:
    """Settings of a command line (without the program's own name), GUNICORN_CMD_ARGS below them.

    Both overrule a configuration file. `-b` and `-e` given several times keep all values in order.
    """
    extra = _split(environment.get("GUNICORN_CMD_ARGS", ""))
    return {**_read_words(extra, where, environment), **_read_words(words, where, environment)}


def read_defaults(where: Location, environment: Mapping[str, str]) -> dict[str, tuple[Possible, ...]]:
    """What the environment sets below the configuration file: `workers` defaults to WEB_CONCURRENCY."""
    workers = environment.get("WEB_CONCURRENCY", "")
    if not workers:
        return {}
    value = read_value(workers, where, environment=environment).value
    return {"workers": (Possible(value, where, variable="WEB_CONCURRENCY"),)}


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an unclosed quote: gunicorn would refuse it, its words are still readable
        return text.split()


def _read_words(
    words: Sequence[str], where: Location, environment: Mapping[str, str]
) -> dict[str, tuple[Possible, ...]]:
    found: dict[str, tuple[Possible, ...]] = {}
    for name, value in split_options(words, _GRAMMAR):
        if name == "no_sendfile":
            found["sendfile"] = (Possible(False, where),)
        elif value is None:
            found[name] = (Possible(True, where),)
        else:
            possible = read_value(value, where, environment=environment)
            if name in _TEXT and not possible.variable:
                possible = Possible(value, where)
            repeats = name in ("bind", "raw_env", "reload_extra_files")
            found[name or "wsgi_app"] = (*(found.get(name, ()) if repeats else ()), possible)
    return found


def read_config_file(text: str, path: str) -> tuple[dict[str, tuple[Possible, ...]], bool]:
    """(settings, complete) of a Python configuration file. Raises SyntaxError."""
    evaluated = evaluate_module(text, path)
    return {name: v for name, v in evaluated.values.items() if name in SETTINGS}, evaluated.complete


def looks_like_config(names: frozenset[str]) -> bool:
    """Whether a module that assigns these names at its top level is a gunicorn configuration file."""
    return len(names & _TELLING) >= (2 if "bind" in names else 3)
