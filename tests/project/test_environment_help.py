from __future__ import annotations

from typing import TYPE_CHECKING

from django_tenfold.conf import Environment
from tenfold.project.environment_help import BESIDE_DATABASES, SERVICES

if TYPE_CHECKING:
    import pytest


def test_the_tool_says_of_each_service_what_the_runtime_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*BESIDE_DATABASES, *(told.name for told in SERVICES.values())):
        monkeypatch.delenv(name, raising=False)
    env = Environment()
    for method in SERVICES:
        getattr(env, method)()
    runtime = {one.name: one for one in env.variables}
    table = {**BESIDE_DATABASES, **{told.name: told for told in SERVICES.values()}}
    assert {name: (one.help, one.secret) for name, one in runtime.items()} == {
        name: (told.help, told.secret) for name, told in table.items()
    }
    urls = {name: told.example for name, told in table.items() if told.secret}
    assert {name: runtime[name].example for name in urls} == urls
    assert {name for name, one in runtime.items() if one.required} == {
        told.name for told in SERVICES.values()
    }


def test_the_choices_of_the_tool_are_those_of_the_runtime() -> None:
    from django_tenfold.conf.databases import POOLERS
    from django_tenfold.conf.processes import ROLES, SERVERS

    found = {name: told.choices for name, told in BESIDE_DATABASES.items() if told.choices}
    assert found == {"SERVER_TYPE": SERVERS, "PROCESS_ROLE": ROLES, "DATABASE_POOLER": POOLERS}
