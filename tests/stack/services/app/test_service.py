from __future__ import annotations

import pytest

from tenfold.stack.service import Fetches
from tenfold.stack.services.app.service import plan, ports
from tenfold.stack.site import Wanted
from tests.stack.example_site import make_shape, make_site


def test_there_is_an_instance_for_each_that_the_topology_asks_for() -> None:
    site = make_site()
    assert [one.name for one in plan(site)] == ["app-1", "app-2"]
    assert ports(Wanted(site.shape, site.config, replicas=1, instances=2)) == ("app-1", "app-2")


def test_an_instance_is_ready_when_it_answers_on_its_own_socket() -> None:
    first, second = plan(make_site())
    assert first.ready == Fetches(socket="run/app-1.sock")
    assert second.ready == Fetches(socket="run/app-2.sock")
    assert second.sockets == ("run/app-2.sock",)


def test_a_path_too_long_for_a_socket_means_ports() -> None:
    first, _ = plan(make_site("/srv/" + "deep/" * 30 + ".tenfold"))
    assert first.ready == Fetches(port=20801)
    assert first.sockets == ()


@pytest.mark.parametrize("server", ["gunicorn", "granian", "uvicorn"])
def test_each_server_runs_in_the_projects_interpreter_and_folder(server: str) -> None:
    one = next(iter(plan(make_site(config={"server": server}))))
    assert one.command.words[:3] == ("/srv/shop/.venv/bin/python", "-m", server)
    assert one.command.folder == "/srv/shop"
    assert one.command.environment["TENFOLD_ROLE"] == "app"
    assert server in one.title


def test_an_instance_starts_after_what_it_talks_to() -> None:
    one = next(iter(plan(make_site())))
    assert {"postgres", "cache", "broker", "migrate"} <= {*one.needs}
    kept = next(
        iter(plan(make_site(config={"database": "keep", "cache": "keep"}, shape=make_shape(celery=""))))
    )
    assert not {"postgres", "cache", "broker"} & {*kept.needs}


def test_the_runner_waits_longer_than_the_server_for_running_requests() -> None:
    site = make_site()
    assert all(one.stop_seconds > site.topology.timeouts.graceful.seconds for one in plan(site))


def test_gunicorn_tells_its_figures_to_the_statsd_server_that_was_named() -> None:
    asked, plain = ({"server": "gunicorn", "statsd": address} for address in ("127.0.0.1:8125", ""))
    (file,) = next(iter(plan(make_site(config=asked)))).files
    assert 'statsd_host = "127.0.0.1:8125"' in file.text
    (file,) = next(iter(plan(make_site(config=plain)))).files
    assert "statsd_host" not in file.text


def test_arguments_that_somebody_exported_do_not_reach_gunicorn() -> None:
    one = next(iter(plan(make_site(config={"server": "gunicorn"}))))
    assert one.command.environment["GUNICORN_CMD_ARGS"] == ""


def test_a_server_that_logs_no_requests_itself_serves_through_the_wrapper() -> None:
    one = next(iter(plan(make_site(config={"server": "granian"}))))
    assert [file.path for file in one.files] == ["etc/app/tenfold_serving.py"]
    assert one.command.environment["TENFOLD_SERVES"] == "tenfold_wsgi:application"
