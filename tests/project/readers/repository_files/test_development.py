from __future__ import annotations

from tenfold.project.readers.repository_files.development import MAXIMUM_CHARACTERS, read_development
from tenfold.project.repository import DEVELOPMENT, TESTING


def lines(text: str, path: str = "Makefile") -> list[tuple[str, str, int]]:
    commands, problem = read_development(text, path)
    assert problem is None
    return [(c.service, " ".join(c.words), c.where.line) for c in commands]


def test_each_target_is_a_service_and_each_recipe_line_a_command() -> None:
    text = "run: db\n\t@python manage.py runserver\n\t-python manage.py migrate\nclean:\n\trm x\n"
    assert lines(text) == [
        ("run", "python manage.py runserver", 2),
        ("run", "python manage.py migrate", 3),
        ("clean", "rm x", 5),
    ]


def test_a_continued_recipe_is_one_command_at_its_first_line() -> None:
    assert lines("run:\n\tgunicorn \\\n\t  shop.wsgi\n") == [("run", "gunicorn shop.wsgi", 2)]


def test_a_doubled_dollar_is_the_shells() -> None:
    assert lines("run:\n\tgunicorn -w $$W\n") == [("run", "gunicorn -w $W", 2)]


def test_assignments_are_no_targets() -> None:
    assert lines("A := run\nB = x\n\techo\n") == []


def test_what_a_person_starts_is_never_for_production() -> None:
    commands, _ = read_development("deploy:\n\tgunicorn a\ntest:\n\tpytest\n", "justfile")
    assert [(c.origin, c.purpose) for c in commands] == [("just", DEVELOPMENT), ("just", TESTING)]


def test_scripts_of_package_json_have_their_lines() -> None:
    text = '{\n "dev": 1,\n "scripts": {\n  "dev": "vite && tsc",\n  "n": 3\n }\n}'
    assert lines(text, "package.json") == [("dev", "vite", 4), ("dev", "tsc", 4)]


def test_a_file_too_large_is_a_problem() -> None:
    commands, problem = read_development("a:\n\tb\n" * MAXIMUM_CHARACTERS, "Makefile")
    assert commands == ()
    assert problem is not None
    assert "not read" in problem.what
