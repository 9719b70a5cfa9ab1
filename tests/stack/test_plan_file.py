from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.plan import Change, StackPlan
from tenfold.stack.plan_file import decode_plan, encode_plan
from tenfold.stack.service import (
    Answers,
    Binary,
    Command,
    Ends,
    Fetches,
    Figure,
    File,
    Says,
    Service,
    Step,
    Succeeds,
)

if TYPE_CHECKING:
    from tenfold.stack.service import (
        Probe,
    )

QUERY = Command(("psql", "-c", "select 1"), {"PGPASSWORD": "x"}, "/srv/shop", unprivileged=True, input="\\q")
WHOLE = Service(
    name="postgres",
    kind="postgres",
    title="PostgreSQL",
    command=QUERY,
    ready=Succeeds(QUERY, "1"),
    needs=("disk",),
    files=(File("etc/postgres/postgresql.conf", "port = 1\n", 0o600),),
    folders=("data/postgres",),
    steps=(Step("initdb", QUERY, "data/postgres/made", clears=("data/postgres",)),),
    done=("data/postgres/migrated", "mark"),
    binary=Binary("postgres", "/opt/postgres", "wheel", "18.6", ("ssl",)),
    shell=QUERY,
    figures=(Figure("lag", QUERY, "s"),),
)


def plan_with(*services: Service) -> StackPlan:
    changes = (Change("DEBUG", "False", "production"),)
    return StackPlan(
        "shop", "/srv/shop", "/srv/shop/.tenfold", "https://localhost:8443/", services, {"A": "b"}, changes
    )


@pytest.mark.parametrize(
    "ready",
    [Answers(port=1, send="PING\r\n"), Fetches(path="/", tls=True), Says("ready."), Ends(), WHOLE.ready],
)
def test_a_plan_comes_back_from_its_file_as_it_was(ready: Probe) -> None:
    plan = plan_with(WHOLE, Service("b", "b", "B", Command(("b",)), ready))
    assert decode_plan(encode_plan(plan)) == plan


def test_the_example_sets_every_field_that_can_be_left_out() -> None:
    default = Service("x", "x", "x", Command(("x",)), Ends())
    plain = {"name", "kind", "title", "command", "ready", "address", "stop_signal", "stop_seconds"}
    plain |= {"reload_signal", "start_seconds", "sockets", "open_files", "essential"}
    same = {one.name for one in fields(Service) if getattr(WHOLE, one.name) == getattr(default, one.name)}
    assert same <= plain


@pytest.mark.parametrize("spoil", ["{", "[]", '{"version": 0}', '{"version": 1}'])
def test_a_spoilt_plan_is_refused_with_what_to_do(spoil: str) -> None:
    with pytest.raises(TenfoldError, match="tenfold down"):
        decode_plan(spoil)


def test_a_key_of_a_later_version_is_passed_over() -> None:
    data = json.loads(encode_plan(plan_with()))
    data["later"] = 1
    assert decode_plan(json.dumps(data)) == plan_with()
