from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.cli import up
from tenfold.cli.main import main
from tenfold.config import Config, UpConfig
from tenfold.errors import TenfoldError
from tenfold.stack.plan import StackPlan
from tenfold.stack.runner.preparing import Prepared
from tests.cli.fake_stack import SERVICES, URL

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.stack.runner.preparing import Wish

Output = pytest.CaptureFixture[str]


def wish(*words: str, config: UpConfig | None = None) -> Wish:
    """What `tenfold up` of these words asks for."""
    parser = argparse.ArgumentParser()
    up.add_arguments(parser)
    return up.make_wish(parser.parse_args(words), Config(up=config) if config else None)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What `prepare` was asked for; it answers with a plan, and touches nothing."""
    calls: list[dict[str, Any]] = []

    def prepare(wish: Wish, **options: Any) -> Prepared:
        calls.append({"wish": wish, **options})
        plan = StackPlan("shop", "/srv/shop", "/srv/shop/.tenfold", URL, SERVICES, notes=("it is small",))
        return Prepared(plan, (), (), python="python", names=())

    monkeypatch.setattr("tenfold.stack.runner.preparing.prepare", prepare)
    return calls


def test_nothing_given_is_what_the_configuration_says() -> None:
    config = UpConfig(server="gunicorn", replicas=2, lag="3s", without=("mail",), environment={"A": "1"})
    made = wish(".", config=config)
    assert made.config.up == config
    assert (made.lag, made.with_data, made.wheels) == (3.0, False, None)


def test_options_win_over_the_configuration() -> None:
    config = UpConfig(server="gunicorn", workers=9, lag="3s", database="postgres", fixtures=("old.json",))
    made = wish(
        *("--server", "uvicorn", "--workers", "2", "--threads", "4", "--replicas", "0", "--lag", "500ms"),
        *("--http-port", "9080", "--https-port", "9443", "--keep-database", "--fixture", "new.json"),
        *("--settings", "shop.production", "--python", "bin/python", "--with-data", "--wheels"),
        config=config,
    )
    chosen = made.config.up
    assert (chosen.server, chosen.workers, chosen.threads, chosen.replicas) == ("uvicorn", 2, 4, 0)
    assert (chosen.http_port, chosen.https_port, chosen.database) == (9080, 9443, "keep")
    assert chosen.fixtures == ("new.json",)
    assert (made.config.settings, made.config.python) == ("shop.production", "bin/python")
    assert (made.lag, made.with_data, made.wheels) == (0.5, True, True)


def test_variables_services_and_omissions_are_added_to_those_of_the_configuration() -> None:
    config = UpConfig(environment={"A": "1", "B": "1"}, services=("varnish",), without=("mail",))
    chosen = wish(
        *("--env", "B=2=2", "--env", "C=", "--with", "metrics", "--with", "storage", "--without", "worker"),
        config=config,
    ).config.up
    assert chosen.environment == {"A": "1", "B": "2=2", "C": ""}
    assert chosen.services == ("varnish", "metrics", "storage")
    assert chosen.without == ("mail", "worker")


@pytest.mark.parametrize(
    ("words", "what", "next_step"),
    [
        (("--env", "DEBUG"), "--env DEBUG sets nothing.", "--env NAME=VALUE"),
        (("--env", "=1"), "--env =1 sets nothing.", "--env NAME=VALUE"),
        (("--lag", "soon"), '"soon" is no lag.', "--lag 2s"),
        (("--server", "apache"), "--server apache", "gunicorn, granian"),
        (("--pooler", "odyssey"), "--pooler odyssey", "pgbouncer, pool"),
        (("--with", "metric"), "--with metric", "metrics"),
        (("--without", "nginx"), "--without nginx", "scheduler"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_what_can(
    words: tuple[str, ...], what: str, next_step: str
) -> None:
    with pytest.raises(TenfoldError) as caught:
        wish(*words)
    assert what in caught.value.what
    assert next_step in caught.value.next_step


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_number_of_workers_below_one_is_a_mistake_of_use(number: str, capsys: Output) -> None:
    with pytest.raises(SystemExit) as caught:
        wish(f"--workers={number}")
    assert caught.value.code == 2
    assert number in capsys.readouterr().err


def test_the_plan_is_shown_and_nothing_is_kept(
    tmp_path: Path, asked: list[dict[str, Any]], capsys: Output
) -> None:
    assert main(["up", str(tmp_path), "--plan"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("shop", URL, "postgres", "app-2", "it is small"))
    (call,) = asked
    assert call["keep"] is False
    assert call["wish"].root == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_the_plan_as_json_is_one_object_and_nothing_else(
    tmp_path: Path, asked: list[dict[str, Any]], capsys: Output
) -> None:
    assert main(["up", str(tmp_path), "--plan", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["url"] == URL
    assert [one["name"] for one in data["services"]] == [one.name for one in SERVICES]


def test_json_without_a_plan_is_refused_before_anything_is_read(
    tmp_path: Path, asked: list[dict[str, Any]], capsys: Output
) -> None:
    assert main(["up", str(tmp_path), "--json"]) == 2
    assert "--plan" in capsys.readouterr().err
    assert asked == []


def test_the_configuration_of_the_project_is_read_where_it_stands(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    (tmp_path / "tenfold.toml").write_text('[up]\nserver = "gunicorn"\nlag = "2s"\n')
    assert main(["up", str(tmp_path), "--plan"]) == 0
    assert asked[0]["wish"].config.up.server == "gunicorn"
    assert asked[0]["wish"].lag == 2.0
