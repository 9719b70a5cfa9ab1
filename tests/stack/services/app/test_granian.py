from __future__ import annotations

from tenfold.stack.services.app.granian import granian_words
from tests.stack.services.app.example_serving import make_serving, value_of


def test_it_listens_on_the_socket_and_nobody_else_may_use_it() -> None:
    words = granian_words(make_serving(socket="/srv/shop/.tenfold/run/app-1.sock"))
    assert value_of(words, "--uds") == "/srv/shop/.tenfold/run/app-1.sock"
    assert value_of(words, "--uds-permissions") == "0600"
    assert "--port" not in words


def test_without_a_socket_it_listens_on_the_loopback_port() -> None:
    words = granian_words(make_serving(socket="", port=20801))
    assert (value_of(words, "--host"), value_of(words, "--port")) == ("127.0.0.1", "20801")
    assert "--uds" not in words


def test_threads_live_as_long_as_granian_lets_them() -> None:
    words = granian_words(make_serving(threads=4))
    assert value_of(words, "--blocking-threads") == "4"
    assert value_of(words, "--blocking-threads-idle-timeout") == "600"


def test_an_event_loop_is_given_no_threads() -> None:
    words = granian_words(make_serving(interface="asgi", wrapper="/e/tenfold_serving.py"))
    assert "--blocking-threads" not in words
    assert words[-1] == "/e/tenfold_serving.py:asgi"


def test_a_worker_that_dies_or_grows_is_replaced() -> None:
    one = make_serving()
    words = granian_words(one)
    assert "--respawn-failed-workers" in words
    assert value_of(words, "--workers-max-rss") == str(one.size.memory.whole)
    assert value_of(words, "--workers-kill-timeout") == str(one.timeouts.graceful.whole)


def test_an_older_granian_is_asked_for_nothing_that_it_does_not_know() -> None:
    words = granian_words(make_serving(version=(2, 5, 7), metrics_port=20990))
    assert not {"--rss-samples", "--metrics"} & {*words}
    assert "--metrics" in granian_words(make_serving(version=(2, 7), metrics_port=20990))


def test_the_processes_are_named_only_where_they_can_be() -> None:
    assert "--process-name" not in granian_words(make_serving(setproctitle=False))
    words = granian_words(make_serving(setproctitle=True))
    assert value_of(words, "--process-name") == "shop app-1"


def test_without_the_wrapper_its_own_access_log_is_json() -> None:
    words = granian_words(make_serving(wrapper="", target="shop.wsgi:application"))
    assert value_of(words, "--access-log-fmt").startswith("{")
    assert words[-1] == "shop.wsgi:application"
    assert "--access-log" not in granian_words(make_serving())
