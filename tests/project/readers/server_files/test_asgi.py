from __future__ import annotations

import shlex

import pytest

from tenfold.project.model import Location
from tenfold.project.readers.server_files.asgi import read_command_line


@pytest.mark.parametrize(
    ("kind", "line", "expected"),
    [
        (
            "uvicorn",
            "shop.asgi:app --host=0.0.0.0 --workers=2 --no-access-log --timeout-keep-alive 35",
            {"app": ["shop.asgi:app"], "host": ["0.0.0.0"], "workers": [2], "access_log": [False],
             "timeout_keep_alive": [35]},
        ),
        ("daphne", "-b ::1 -p 8000 a:b", {"bind": ["::1"], "port": [8000], "app": ["a:b"]}),
        ("granian", "--interface asgi --no-ws a:b", {"interface": ["asgi"], "ws": [False], "app": ["a:b"]}),
        ("hypercorn", "-w 3 --bind :80 a:b", {"workers": [3], "bind": [":80"], "app": ["a:b"]}),
        ("waitress", "--threads=8 --call a:b", {"threads": [8], "call": [True], "app": ["a:b"]}),
    ],
)  # fmt: skip
def test_the_options_of_each_server_are_read_by_its_own_names(
    kind: str, line: str, expected: dict[str, list[object]]
) -> None:
    options = read_command_line(kind, shlex.split(line), Location("Procfile", 1), {})
    assert {name: [p.value for p in values] for name, values in options.items()} == expected


def test_uvicorn_takes_its_workers_from_web_concurrency() -> None:
    options = read_command_line("uvicorn", ["a:b"], Location("Procfile", 1), {"WEB_CONCURRENCY": "5"})
    assert (options["workers"][0].value, options["workers"][0].variable) == (5, "WEB_CONCURRENCY")
