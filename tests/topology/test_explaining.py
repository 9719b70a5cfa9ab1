from __future__ import annotations

import json

from tenfold.topology.explaining import describe_work, explain_topology, topology_data
from tenfold.topology.model import Number, Work
from tests.topology.machines import make_machine, sized


def test_every_number_stands_in_a_line_with_its_reason() -> None:
    made = sized()
    text = "\n".join(explain_topology(made))
    for name, number in made.numbers():
        assert any(
            name.partition(".")[2].replace("_", " ") in line and str(number) in line and number.reason in line
            for line in text.splitlines()
        ), name


def test_the_sums_and_the_ladder_are_printed() -> None:
    text = "\n".join(explain_topology(sized()))
    assert "edge 35 s > app 30 s > statement 25 s > lock 5 s" in text
    assert "\n  worker: 4 processes x 1 thread = 4\n" in text
    assert "sum: 42; PostgreSQL admits 100" in text
    assert "the stack may take 7373 (of 8192, 819 are left to the system)" in text


def test_the_machine_and_the_work_head_the_text() -> None:
    head = next(explain_topology(sized(make_machine(1, gibibytes=2))))
    expected = "1 core, 2,048 MiB of memory, 65,536 open files: WSGI under granian, with Celery, 1 replica."
    assert head == f"Topology for {expected}"


def test_a_project_without_tasks_is_shown_no_task_worker() -> None:
    assert "Celery" not in "\n".join(explain_topology(sized(work=Work())))


def test_the_work_is_described_in_words() -> None:
    work = Work(interface="asgi", server="uvicorn", waits=True, pooler=True, databases=2, replicas=0)
    wanted = "ASGI under uvicorn, views that wait for others, PgBouncer between, 2 databases, no replicas"
    assert describe_work(work) == wanted


def test_the_data_hold_the_same_and_can_be_written_as_json() -> None:
    made = sized()
    data = json.loads(json.dumps(topology_data(made)))
    assert set(data["numbers"]) == {name for name, _ in made.numbers()}
    assert all(entry["reason"] for entry in data["numbers"].values())
    assert data["connections"]["sum"] == 42
    assert sum(opener["connections"] for opener in data["connections"]["openers"]) == 42 - 13
    assert sum(share["mebibytes"] for share in data["memory"]["shares"]) == data["memory"]["sum"]
    assert data["memory"]["sum"] <= data["memory"]["budget"]


def test_one_of_something_is_said_in_the_singular() -> None:
    assert str(Number(1, "", "processes")) == "1 process"
    assert str(Number(1, "", "connections")) == "1 connection"
    assert str(Number(1, "", "s")) == "1 s"
    assert str(Number(2, "", "processes")) == "2 processes"
