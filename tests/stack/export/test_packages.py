from __future__ import annotations

from tenfold.stack.export.input import Packaging
from tenfold.stack.export.packages import requirement_lines, system_libraries
from tenfold.stack.requirements import TABLE
from tests.stack.export.example_input import make_input


def lines(python: str, *missing: str) -> tuple[str, ...]:
    packaging = Packaging("pip", ("requirements.txt",), "requirements.txt", missing)
    return requirement_lines(make_input(python=python, packaging=packaging))


def test_versions_are_those_of_the_stack_that_runs_here() -> None:
    assert lines("3.13", "gunicorn") == (f"gunicorn=={TABLE['gunicorn'].versions[0][1]}",)


def test_an_older_python_gets_what_is_made_for_it() -> None:
    newest, older = TABLE["granian"].versions
    assert lines("3.10", "granian") == (f"granian=={newest[1]}",)
    assert lines("3.9", "granian") == (f"granian=={older[1]}",)
    assert lines("3.6", "granian") == ("granian",)


def test_extras_stay_with_the_name() -> None:
    assert lines("3.13", "psycopg[binary,pool]")[0].startswith("psycopg[binary,pool]==3.")


def test_libraries_are_those_of_the_packages_that_need_them() -> None:
    assert system_libraries(["django", "psycopg2", "mysqlclient"]) == ("libpq5", "libmariadb3")
    assert system_libraries(["django", "psycopg2-binary"]) == ()


def test_a_package_that_the_stack_brings_no_version_of_is_named_without_one() -> None:
    assert lines("3.13", "django", "granian")[0] == "django"
