from __future__ import annotations

import ast

from tenfold.stack.services.app.wrapper import wrapper_environment, wrapper_file
from tests.stack.services.app.example_serving import make_serving


def test_the_wrapper_is_written_where_the_server_looks_for_it() -> None:
    file = wrapper_file()
    assert make_serving().wrapper == f"/srv/shop/.tenfold/{file.path}"


def test_the_wrapper_is_read_by_the_oldest_interpreter() -> None:
    ast.parse(wrapper_file().text, feature_version=(3, 8))


def test_the_wrapper_is_told_the_servers_limits() -> None:
    one = make_serving(threads=4)
    told = wrapper_environment(one)
    assert told["TENFOLD_REQUEST_THREADS"] == "4"
    assert float(told["TENFOLD_REQUEST_SECONDS"]) == one.timeouts.app.seconds
