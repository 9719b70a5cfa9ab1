from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tenfold.stack.services.app.gunicorn import gunicorn_words, render_gunicorn
from tests.stack.services.app.example_serving import make_serving


def configuration(**changes: Any) -> dict[str, Any]:
    """The names that the configuration file sets."""
    pytest.importorskip("gunicorn")
    names: dict[str, Any] = {}
    exec(
        compile(render_gunicorn(make_serving(server="gunicorn", **changes)), "gunicorn.conf.py", "exec"),
        names,
    )
    return names


def test_the_numbers_of_the_topology_stand_in_the_file() -> None:
    one = make_serving(server="gunicorn", workers=3, threads=4)
    names = configuration(workers=3, threads=4)
    assert (names["workers"], names["threads"], names["worker_class"]) == (3, 4, "gthread")
    assert names["timeout"] == one.timeouts.app.whole
    assert names["graceful_timeout"] == one.timeouts.graceful.whole
    assert names["max_requests"] == one.size.max_requests.whole
    assert names["max_requests_jitter"] == one.size.max_requests_jitter.whole


def test_one_thread_makes_a_sync_worker_and_asgi_an_event_loop() -> None:
    assert configuration(threads=1)["worker_class"] == "sync"
    assert configuration(interface="asgi")["worker_class"] == "uvicorn_worker.UvicornWorker"


def test_every_setting_is_one_that_gunicorn_has() -> None:
    config = pytest.importorskip("gunicorn.config")
    names = configuration(statsd="127.0.0.1:8125")
    from_gunicorn = set(config.make_settings())
    own = {"access_line", "AccessLog", "close_connections", "load_urls", "Logger", "Statsd", "__builtins__"}
    modules = {"gc", "json", "os", "sys", "time"}
    assert names.keys() - from_gunicorn - own - modules - {"__doc__"} == set()


def test_every_setting_is_one_that_gunicorn_accepts() -> None:
    config = pytest.importorskip("gunicorn.config")
    settings = config.Config()
    for name, value in configuration(statsd="127.0.0.1:8125").items():
        if name in settings.settings:
            settings.set(name, value)
    assert settings.proc_name == "shop app-1"
    assert settings.control_socket_disable is True


def test_the_socket_is_bound_or_the_port() -> None:
    assert configuration(socket="/srv/run/app-1.sock")["bind"] == "unix:/srv/run/app-1.sock"
    names = configuration(socket="", port=20801)
    assert names["bind"] == "127.0.0.1:20801"
    assert names["forwarded_allow_ips"] == "127.0.0.1,::1"


def test_a_request_is_logged_as_json_with_the_asked_keys() -> None:
    names = configuration()
    environ = {
        "HTTP_X_REAL_IP": "203.0.113.9",
        "HTTP_X_REQUEST_ID": "abc",
        "REQUEST_METHOD": "GET",
        "PATH_INFO": '/a"b\n',
        "QUERY_STRING": "token=secret",
    }
    line = names["access_line"](SimpleNamespace(status="200 OK", sent=12), environ, timedelta(milliseconds=5))
    told = json.loads(line)
    assert told.pop("time")
    assert told == {
        "client": "203.0.113.9",
        "request_id": "abc",
        "method": "GET",
        "path": '/a"b\n',
        "status": 200,
        "seconds": 0.005,
        "length": 12,
    }


def test_the_client_is_the_last_that_the_edge_was_told_of() -> None:
    environ = {"HTTP_X_FORWARDED_FOR": "10.9.9.9, 203.0.113.9", "REMOTE_ADDR": ""}
    line = configuration()["access_line"](SimpleNamespace(status=404, sent=None), environ, timedelta())
    assert json.loads(line)["client"] == "203.0.113.9"


def test_statsd_is_told_only_where_there_is_one() -> None:
    assert "statsd_host" not in configuration()
    names = configuration(statsd="127.0.0.1:8125")
    assert names["statsd_host"] == "127.0.0.1:8125"
    assert names["logger_class"].__mro__[1].__name__ == "Statsd"


def test_the_file_is_named_so_that_the_projects_own_is_not_read() -> None:
    words = gunicorn_words(make_serving(server="gunicorn"))
    assert words[:2] == ("-c", "/srv/shop/.tenfold/etc/app/app-1.gunicorn.conf.py")


def test_gunicorn_speaks_again_where_the_projects_logging_silenced_it() -> None:
    error_log = SimpleNamespace(disabled=True)
    names = configuration()
    names["sys"] = SimpleNamespace(modules={})
    names["gc"] = SimpleNamespace(collect=lambda: None, freeze=lambda: None)
    names["pre_fork"](SimpleNamespace(log=SimpleNamespace(error_log=error_log)), None)
    assert error_log.disabled is False
