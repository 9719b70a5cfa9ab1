from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tenfold.project.model import Location
from tenfold.project.server_branches import settle_server
from tenfold.project.servers import AppServer, Servers
from tenfold.project.settings import MISSING, Possible
from tests.project.readers.settings_reading import read

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.settings import Settings

SOURCE = "from django_tenfold.conf import Environment\nenv = Environment()\nDATABASES = env.databases()\n"


def server(kind: str, **options: str) -> AppServer:
    where = Location("Procfile", 1)
    return AppServer(kind, where, "web", "production", {k: (Possible(v, where),) for k, v in options.items()})


def kept(settings: Settings) -> tuple[list[Any], list[bool]]:
    ages = settings.possible("DATABASES", "default", "CONN_MAX_AGE")
    pools = settings.possible("DATABASES", "default", "OPTIONS", "pool")
    return [p.value for p in ages], [p.value is not MISSING for p in pools]


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ([server("gunicorn")], ([600], [False])),
        ([server("gunicorn", worker_class="uvicorn_worker.UvicornWorker")], ([0], [True])),
        ([server("gunicorn", worker_class="gevent")], ([0], [True])),
        ([server("uvicorn")], ([0], [True])),
        ([server("granian", interface="wsgi")], ([600], [False])),
        ([server("granian", interface="asgi")], ([0], [True])),
        ([server("granian")], ([0, 600], [True, False])),
        ([server("gunicorn"), server("uvicorn")], ([0, 600], [True, False])),
        ([], ([0, 600], [True, False])),
    ],
)
def test_the_server_that_production_starts_settles_how_connections_are_kept(
    tmp_path: Path, servers: list[AppServer], expected: object
) -> None:
    assert kept(settle_server(read(tmp_path, SOURCE), Servers(tuple(servers)))) == expected


def test_other_branches_stay_as_they_are(tmp_path: Path) -> None:
    source = "import os\nif os.environ.get('A'):\n    X = [1]\nelse:\n    X = [2]\n"
    settings = read(tmp_path, source)
    assert settle_server(settings, Servers((server("uvicorn"),))).possible("X") == settings.possible("X")
