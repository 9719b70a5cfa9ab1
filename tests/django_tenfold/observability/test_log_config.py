from __future__ import annotations

import json
import logging
import logging.config
from typing import TYPE_CHECKING, Any

import pytest
from django.utils.log import DEFAULT_LOGGING

from django_tenfold.observability.log_config import ACCESS_OF_SERVERS, SERVERS, logging_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Console = Callable[[], str]

TOUCHED = ("", "django", "django.server", "django.request", "shop", *SERVERS, *ACCESS_OF_SERVERS)


@pytest.fixture
def console(capsys: pytest.CaptureFixture[str]) -> Iterator[Console]:
    """What stands on standard error; the loggers are as before afterwards."""
    loggers = [logging.getLogger(name) for name in TOUCHED]
    before = [(one, one.level, [*one.handlers], one.propagate, one.disabled) for one in loggers]
    yield lambda: capsys.readouterr().err
    for one, level, handlers, propagate, disabled in before:
        one.setLevel(level)
        one.handlers, one.propagate, one.disabled = handlers, propagate, disabled


def configure(**options: Any) -> None:
    """As Django does: its own configuration first."""
    logging.config.dictConfig(DEFAULT_LOGGING)
    logging.config.dictConfig(logging_config(**options))


def written(console: Console) -> list[dict[str, Any]]:
    return [json.loads(line) for line in console().splitlines()]


@pytest.mark.parametrize("name", ["shop", "django.request", *SERVERS])
def test_the_project_and_its_servers_write_one_json_line_each(name: str, console: Console) -> None:
    configure()
    logging.getLogger(name).warning("careful")
    assert [(line["logger"], line["message"]) for line in written(console)] == [(name, "careful")]


def test_a_server_that_gave_itself_handlers_writes_each_line_once(console: Console) -> None:
    theirs = logging.getLogger("gunicorn.error")
    theirs.addHandler(logging.StreamHandler())
    theirs.propagate = False
    configure()
    theirs.warning("booting")
    assert len(written(console)) == 1


@pytest.mark.parametrize("name", ACCESS_OF_SERVERS)
def test_the_servers_own_access_logs_are_silent(name: str, console: Console) -> None:
    configure()
    logging.getLogger(name).info("GET /")
    assert console() == ""


def test_levels_are_those_asked_for(console: Console) -> None:
    configure(level="WARNING", loggers={"shop": "DEBUG"})
    logging.getLogger("other").info("silent")
    logging.getLogger("shop").debug("told")
    assert [line["message"] for line in written(console)] == ["told"]


def test_development_is_plain_and_production_is_json() -> None:
    chosen = [logging_config(debug=debug)["handlers"]["console"]["formatter"] for debug in (True, False)]
    assert chosen == ["plain", "json"]
    assert logging_config(debug=True, format="json")["handlers"]["console"]["formatter"] == "json"


def test_a_plain_line_has_the_request_id_of_nobody_outside_of_requests(console: Console) -> None:
    configure(format="plain")
    logging.getLogger("shop").info("begun")
    assert console().endswith("INFO    shop [-] begun\n")


def test_an_unknown_format_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'xml': use"):
        logging_config(format="xml")


def test_errors_are_mailed_once_by_the_limited_handler_only(console: Console) -> None:
    configure(mail_errors=True)
    names = ("", "django", "django.request")
    kinds = [type(handler).__name__ for name in names for handler in logging.getLogger(name).handlers]
    assert kinds == ["StreamHandler", "ErrorMailHandler"]


@pytest.mark.parametrize("name", ["", "root"])
def test_the_root_is_not_named_among_the_loggers(name: str) -> None:
    with pytest.raises(ValueError, match="its level is the argument `level`"):
        logging_config(loggers={name: "DEBUG"})
