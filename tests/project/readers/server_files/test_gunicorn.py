from __future__ import annotations

import shlex

import pytest

from tenfold.project.model import Location
from tenfold.project.readers.server_files.gunicorn import (
    looks_like_config,
    read_command_line,
    read_config_file,
    read_defaults,
)

HERE = Location("Procfile", 1)


def read(line: str, environment: dict[str, str] | None = None) -> dict[str, object]:
    options = read_command_line(shlex.split(line), HERE, environment or {})
    return {name: [p.value for p in values] for name, values in options.items()}


def test_options_of_a_command_line_get_the_names_of_the_configuration_file() -> None:
    line = (
        "shop.wsgi -w 4 -k gevent -t 60 --keep-alive 5 --preload --access-logfile - --no-sendfile --threads=8"
    )
    assert read(line) == {
        "wsgi_app": ["shop.wsgi"],
        "workers": [4],
        "worker_class": ["gevent"],
        "timeout": [60],
        "keepalive": [5],
        "preload_app": [True],
        "accesslog": ["-"],
        "sendfile": [False],
        "threads": [8],
    }


def test_several_addresses_are_all_kept() -> None:
    assert read("-b 127.0.0.1:1 -b unix:/run/a.sock")["bind"] == ["127.0.0.1:1", "unix:/run/a.sock"]


def test_the_command_line_overrules_the_arguments_variable() -> None:
    found = read("--workers 4", {"GUNICORN_CMD_ARGS": "--workers 2 --timeout=90"})
    assert found == {"workers": [4], "timeout": [90]}


def test_an_unclosed_quote_in_the_arguments_variable_is_no_crash() -> None:
    assert read("", {"GUNICORN_CMD_ARGS": "--workers 2 --name 'x"})["workers"] == [2]


def test_web_concurrency_is_the_default_of_workers() -> None:
    (possible,) = read_defaults(HERE, {"WEB_CONCURRENCY": "3"})["workers"]
    assert (possible.value, possible.variable) == (3, "WEB_CONCURRENCY")
    assert read_defaults(HERE, {}) == {}


def test_a_configuration_file_gives_settings_and_leaves_other_names_out() -> None:
    options, complete = read_config_file(
        "import os\nport = 8\nbind = ':8'\ndef post_fork(s, w): ...\n", "g.py"
    )
    assert set(options) == {"bind", "post_fork"}
    assert options["bind"][0].where == Location("g.py", 3)
    assert complete


@pytest.mark.parametrize(
    ("names", "answer"),
    [
        ({"bind", "workers"}, True),
        ({"workers", "worker_class", "keepalive"}, True),
        ({"workers", "threads"}, False),
        ({"bind", "timeout", "user"}, False),
    ],
)
def test_a_module_is_a_configuration_when_only_gunicorn_knows_its_names(
    names: set[str], answer: bool
) -> None:
    assert looks_like_config(frozenset(names)) is answer
