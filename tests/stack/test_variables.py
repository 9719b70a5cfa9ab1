from __future__ import annotations

from tenfold.project.model import Known, Location
from tenfold.project.settings import Choice, Entries, FromEnvironment, Possible, Settings
from tenfold.stack.variables import Use, Variable, read_variables

HERE = Location("shop/settings.py", 7)


def settings_of(variable: str, **values: object) -> Settings:
    return Settings(
        module=Known("shop.settings"),
        values={name: (Possible(value, HERE),) for name, value in values.items()},
        variables={variable: (HERE,)},
    )


def test_a_variable_knows_the_setting_that_it_decides() -> None:
    host = FromEnvironment("SHOP_PG", "", "str")
    found = read_variables(settings_of("SHOP_PG", DATABASES=Entries({"default": Entries({"HOST": host})})))
    assert found == (
        Variable("SHOP_PG", ("shop/settings.py:7",), (Use("DATABASES.default.HOST", "str", ""),)),
    )


def test_a_value_in_a_branch_keeps_its_condition() -> None:
    branch = Possible(FromEnvironment("A", 5, "int"), HERE, condition="os.getenv('DB') == 'postgres'")
    (found,) = read_variables(settings_of("A", PORT=Choice((branch,))))
    assert found.uses == (Use("PORT", "int", "5", "os.getenv('DB') == 'postgres'"),)
    assert (found.cast, found.default) == ("int", "5")


def test_several_variables_behind_one_value_are_told_apart() -> None:
    value = FromEnvironment("A, B", None, "str")
    found = read_variables(settings_of("A", LOCATION=[value]))
    assert [(one.name, one.uses[0].setting) for one in found] == [("A", "LOCATION[]")]


def test_the_default_of_a_default_belongs_to_the_inner_variable() -> None:
    value = FromEnvironment("B", FromEnvironment("A", "x"))
    (found,) = read_variables(settings_of("A", NAME=value))
    assert found.uses == (Use("NAME", "str", "x"),)
