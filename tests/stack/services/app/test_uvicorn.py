from __future__ import annotations

from tenfold.stack.services.app.uvicorn import uvicorn_words
from tests.stack.services.app.example_serving import make_serving, value_of


def test_it_serves_the_wrapper_from_its_folder_without_a_log_of_its_own() -> None:
    words = uvicorn_words(make_serving(server="uvicorn"))
    assert value_of(words, "--app-dir") == "/srv/shop/.tenfold/etc/app"
    assert words[-1] == "tenfold_serving:asgi"
    assert "--no-access-log" in words


def test_the_edge_is_believed_on_the_socket_and_only_this_machine_on_tcp() -> None:
    assert value_of(uvicorn_words(make_serving(server="uvicorn")), "--forwarded-allow-ips") == "*"
    words = uvicorn_words(make_serving(server="uvicorn", socket="", port=20801))
    assert value_of(words, "--forwarded-allow-ips") == "127.0.0.1"


def test_an_older_uvicorn_is_asked_for_nothing_that_it_does_not_know() -> None:
    new = {"--timeout-graceful-shutdown", "--timeout-worker-healthcheck", "--limit-max-requests-jitter"}
    assert new <= {*uvicorn_words(make_serving(server="uvicorn", workers=2))}
    assert not new & {*uvicorn_words(make_serving(server="uvicorn", workers=2, version=(0, 21, 1)))}


def test_a_lone_worker_is_not_told_to_end_itself() -> None:
    assert "--limit-max-requests" not in uvicorn_words(make_serving(server="uvicorn", workers=1))
    assert "--limit-max-requests" in uvicorn_words(make_serving(server="uvicorn", workers=2))


def test_without_the_wrapper_it_serves_the_application_itself() -> None:
    words = uvicorn_words(make_serving(server="uvicorn", wrapper="", target="shop.asgi:application"))
    assert words[-1] == "shop.asgi:application"
    assert "--no-access-log" not in words
