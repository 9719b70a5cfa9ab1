from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.stack.environment import database_variables, give_environment
from tenfold.stack.inspected import Inspected
from tenfold.stack.variables import Use, Variable
from tests.stack.example_site import make_shape, make_site

if TYPE_CHECKING:
    from tenfold.stack.site import Site

SECRET = Variable("SECRET_KEY", ("s.py:1",), (Use("SECRET_KEY", "str", None),))
URL = Variable("DATABASE_URL", ("s.py:2",), (Use("DATABASES.default.HOST", "db_url", None),))
HOST = Variable(
    "DB_HOST", ("s.py:3",), (Use("DATABASES.default.HOST", "str", "", "os.getenv('DB') == 'postgres'"),)
)
SWITCH = Variable("DB", ("s.py:4",))


def site_with(*variables: Variable, facts: dict[str, Any] | None = None, **changes: Any) -> Site:
    inspected = Inspected(variables=variables, **(facts or {}))
    return make_site(shape=make_shape(inspected=inspected), **changes)


def test_the_overlay_stands_before_the_project_on_the_path() -> None:
    environment, _ = give_environment(site_with(), inherited={"PYTHONPATH": "/mine"})
    assert environment["PYTHONPATH"] == "/srv/shop/.tenfold/overlay:/srv/shop:/mine"
    assert environment["DJANGO_SETTINGS_MODULE"] == "tenfold_settings"
    assert environment["TENFOLD_PYTHON"] == "3.13"


def test_the_stacks_database_wins_over_the_persons_environment() -> None:
    environment, changes = give_environment(site_with(URL), inherited={"DATABASE_URL": "postgres://far/x"})
    assert environment["DATABASE_URL"] == "postgres://tenfold:database-secret@127.0.0.1:20432/app"
    assert [change.value for change in changes if change.what == "DATABASE_URL"] == [
        "postgres://tenfold:***@127.0.0.1:20432/app"
    ]


def test_a_key_of_the_persons_own_is_kept() -> None:
    assert "SECRET_KEY" not in give_environment(site_with(SECRET), inherited={"SECRET_KEY": "mine"})[0]
    assert (
        "SECRET_KEY" not in give_environment(site_with(SECRET, facts={"kept": frozenset({"SECRET_KEY"})}))[0]
    )
    assert give_environment(site_with(SECRET))[0]["SECRET_KEY"] == "django-secret"


def test_a_key_that_the_env_file_did_not_bring_is_given_after_all() -> None:
    facts = {"kept": frozenset({"SECRET_KEY"}), "demanded": frozenset({"SECRET_KEY"})}
    assert give_environment(site_with(SECRET, facts=facts))[0]["SECRET_KEY"] == "django-secret"


def test_the_configuration_wins_over_what_is_given() -> None:
    config = {"environment": {"SECRET_KEY": "configured", "STRIPE_KEY": "sk"}}
    environment, changes = give_environment(site_with(SECRET, config=config))
    assert (environment["SECRET_KEY"], environment["STRIPE_KEY"]) == ("configured", "sk")
    assert {change.what: change.value for change in changes} == {"SECRET_KEY": "(set)", "STRIPE_KEY": "(set)"}


def test_the_switch_to_postgresql_is_thrown() -> None:
    site = site_with(HOST, SWITCH)
    assert give_environment(site)[0]["DB"] == "postgres"
    assert set(database_variables(site.shape.inspected)) == {"DB_HOST", "DB"}


def test_a_kept_database_gets_no_variable_that_it_can_do_without() -> None:
    site = site_with(URL, HOST, SWITCH, config={"database": "keep"})
    assert not {"DATABASE_URL", "DB_HOST", "DB"} & give_environment(site)[0].keys()
    demanding = replace(site.shape.inspected, demanded=frozenset({"DB_HOST"}))
    assert "DB_HOST" in give_environment(replace(site, shape=make_shape(inspected=demanding)))[0]


def test_a_switch_that_did_not_understand_false_gets_a_nought() -> None:
    debug = Variable("DEBUG", ("s.py:1",), (Use("DEBUG", "str", None),))
    assert give_environment(site_with(debug))[0]["DEBUG"] == "False"
    assert give_environment(site_with(debug, facts={"plain": frozenset({"DEBUG"})}))[0]["DEBUG"] == "0"


def test_celery_is_told_its_broker_whatever_the_settings_read() -> None:
    site = site_with(facts={"installed": {"celery": "5.5"}})
    assert give_environment(site)[0]["CELERY_BROKER_URL"] == "redis://127.0.0.1:20380/0"
    assert "CELERY_BROKER_URL" not in give_environment(site_with())[0]


def test_files_that_hold_secrets_are_not_made_up() -> None:
    variable = Variable("SECRET_KEY_FILE", ("s.py:1",), (Use("SECRET_KEY", "str", None),))
    assert "SECRET_KEY_FILE" not in give_environment(site_with(variable))[0]
