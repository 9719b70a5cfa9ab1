from __future__ import annotations

from dataclasses import replace

from tenfold.config import UpConfig
from tenfold.stack.export.environment import Reach, required_secrets, settle_environment
from tenfold.stack.export.input import Variable
from tests.stack.export.example_input import make_input, make_topology

REACH = Reach(
    "pooler", 6432, "redis://cache:6379", "redis://broker:6379", "${PASSWORD}", replica_host="replica-1"
)


def values(*variables: Variable, reach: Reach = REACH) -> dict[str, str]:
    one = make_input(variables=variables)
    return {value.name: value.value for value in settle_environment(one, reach)}


def test_variables_get_the_value_of_their_role() -> None:
    found = values(
        Variable("A", "database-url", ""),
        Variable("B", "database-host", ""),
        Variable("C", "database-port", ""),
        Variable("D", "cache-url", ""),
        Variable("E", "broker-url", ""),
        Variable("F", "hosts", ""),
        Variable("G", "origins", ""),
        Variable("H", "debug", ""),
        Variable("I", "replica-url", ""),
    )
    assert found["A"] == "postgres://tenfold:${PASSWORD}@pooler:6432/app"
    assert (found["B"], found["C"]) == ("pooler", "6432")
    assert found["D"] == "redis://cache:6379"
    assert found["E"] == "redis://broker:6379/0"
    assert found["F"] == "shop.example.org,www.shop.example.org"
    assert found["G"] == "https://shop.example.org,https://www.shop.example.org"
    assert found["H"] == "False"
    assert found["I"] == "postgres://tenfold:${PASSWORD}@replica-1:5432/app"


def test_a_choice_of_the_settings_takes_the_branch_of_postgresql() -> None:
    assert values(Variable("DB", "=postgres", ""))["DB"] == "postgres"


def test_the_cache_is_named_by_host_and_port_too() -> None:
    reach = replace(REACH, cache="redis://:{{ password }}@10.0.0.4:6379")
    found = values(Variable("H", "cache-host", ""), Variable("P", "cache-port", ""), reach=reach)
    assert (found["H"], found["P"]) == ("10.0.0.4", "6379")


def test_secrets_have_no_value_and_must_be_given() -> None:
    one = make_input()
    found = settle_environment(one, REACH)
    assert {value.name for value in found if value.secret} == {"SECRET_KEY", "STRIPE_KEY"}
    assert all(not value.value for value in found if value.secret)
    assert required_secrets(found) == ("DATABASE_PASSWORD", "SECRET_KEY")


def test_limits_of_statements_are_on_every_connection_without_a_pooler() -> None:
    one = make_input(topology=make_topology(pooler=False), variables=())
    found = {value.name: value.value for value in settle_environment(one, REACH)}
    statement = one.topology.timeouts.statement.whole
    assert f"-c statement_timeout={statement}000" in found["PGOPTIONS"]


def test_migrations_have_no_limit_of_statements() -> None:
    one = make_input(topology=make_topology(pooler=False), variables=())
    found = {v.name: v.value for v in settle_environment(one, replace(REACH, migrates=True))}
    assert found["PGOPTIONS"] == "-c statement_timeout=0"


def test_a_pooler_sets_the_limits_itself() -> None:
    assert "PGOPTIONS" not in values()


def test_a_database_of_the_projects_own_gets_no_options() -> None:
    one = make_input(topology=make_topology(pooler=False), config=UpConfig(database="keep"))
    assert "PGOPTIONS" not in {value.name for value in settle_environment(one, REACH)}
