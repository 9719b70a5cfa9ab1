from __future__ import annotations

from typing import TYPE_CHECKING

from tests.stack.overlay.tiny_project import SQLITE, run_python, stand_up

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.stack.site import Site

SETTINGS = f"SECRET_KEY = 'x'\nDATABASES = {SQLITE}\n"
FAKE = """
import socket, django; django.setup()
from django.db import connections; connection = connections["default"]
from django.db.backends.signals import connection_created
class Fake:
    closed = False
    asked = 0
    def __init__(self, one): self.fileno = one.fileno
    def cursor(self):
        Fake.asked += 1
        raise connection.Database.OperationalError("gone")
    def execute(self, *_): Fake.asked += 1
here, there = socket.socketpair()
fake = Fake(here)
"""


def make(tmp_path: Path, pooler: str = "persistent") -> Site:
    files = {"shop/__init__.py": "", "shop/settings.py": SETTINGS}
    return stand_up(tmp_path, files, config={"pooler": pooler})


def test_a_quiet_connection_is_good_without_a_query(tmp_path: Path) -> None:
    code = FAKE + (
        "connection.connection = fake\n"
        "connection_created.send(type(connection), connection=connection)\n"
        "print(connection.is_usable(), Fake.asked)\n"
        "connection.connection = None\n"
    )
    assert run_python(make(tmp_path), code) == "True 0"


def test_a_connection_whose_server_went_away_is_asked_and_found_bad(tmp_path: Path) -> None:
    code = FAKE + (
        "connection.connection = fake\n"
        "connection_created.send(type(connection), connection=connection)\n"
        "there.close()\n"
        "print(connection.is_usable(), Fake.asked)\n"
        "connection.connection = None\n"
    )
    assert run_python(make(tmp_path), code) == "False 1"


def test_the_pools_check_looks_at_the_socket_first(tmp_path: Path) -> None:
    code = FAKE + (
        "import psycopg_pool\n"
        "from django.conf import settings\n"
        "assert 'pool' in settings.DATABASES['default']['OPTIONS']\n"
        "Fake.autocommit = True\n"
        "psycopg_pool.ConnectionPool.check_connection(fake)\n"
        "quiet = Fake.asked\n"
        "there.close()\n"
        "psycopg_pool.ConnectionPool.check_connection(fake)\n"
        "print(quiet, Fake.asked)\n"
    )
    assert run_python(make(tmp_path, "pool"), code) == "0 1"
