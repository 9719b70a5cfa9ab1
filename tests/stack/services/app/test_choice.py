from __future__ import annotations

from typing import Any

import pytest

from tenfold.config import UpConfig
from tenfold.stack.services.app.choice import choose_server, explain_server, names_processes
from tests.stack.example_site import make_shape


def test_a_project_without_a_server_of_its_own_gets_granian() -> None:
    assert choose_server(UpConfig(), make_shape()) == "granian"


def test_a_project_that_names_gunicorn_keeps_it() -> None:
    assert choose_server(UpConfig(), make_shape(declares=frozenset({"gunicorn"}))) == "gunicorn"


def test_a_project_that_needs_asgi_gets_uvicorn_whatever_it_names() -> None:
    shape = make_shape(interface="asgi", declares=frozenset({"gunicorn"}))
    assert choose_server(UpConfig(), shape) == "uvicorn"


@pytest.mark.parametrize("server", ["gunicorn", "granian", "uvicorn"])
def test_the_configuration_has_the_last_word(server: str) -> None:
    shape = make_shape(interface="asgi", declares=frozenset({"gunicorn"}))
    assert choose_server(UpConfig(server=server), shape) == server


def test_an_interpreter_too_old_for_granian_gets_gunicorn() -> None:
    assert choose_server(UpConfig(), make_shape(python_version=(3, 9))) == "gunicorn"


@pytest.mark.parametrize(
    ("own", "server"), [("1.7.6", "gunicorn"), ("2.4.2", "gunicorn"), ("2.5.0", "granian")]
)
def test_a_granian_of_its_own_is_taken_when_it_listens_on_sockets(own: str, server: str) -> None:
    assert choose_server(UpConfig(), make_shape(installed={"granian": own})) == server


def test_processes_are_named_where_the_package_for_it_is_there_for_certain() -> None:
    own = {"granian": "2.6.0"}
    assert names_processes(UpConfig(), make_shape())
    assert not names_processes(UpConfig(), make_shape(installed=own))
    assert names_processes(UpConfig(), make_shape(installed={**own, "setproctitle": "1.3.0"}))
    assert not names_processes(UpConfig(server="gunicorn"), make_shape())


@pytest.mark.parametrize(
    ("config", "shape", "told"),
    [
        ({"server": "uvicorn"}, {}, 'server = "uvicorn"'),
        ({}, {"interface": "asgi"}, "needs ASGI"),
        ({}, {"declares": frozenset({"gunicorn"})}, "gunicorn.conf.py of the project is not read"),
        ({}, {"python_version": (3, 8)}, "too old"),
        ({}, {}, "names no server"),
    ],
)
def test_the_choice_is_explained_with_its_reason(
    config: dict[str, str], shape: dict[str, Any], told: str
) -> None:
    assert told in explain_server(UpConfig(**config), make_shape(**shape))
