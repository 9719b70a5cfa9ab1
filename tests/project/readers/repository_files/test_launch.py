from __future__ import annotations

from tenfold.project.model import Location
from tenfold.project.readers.repository_files.launch import Scripts, Start, run_words

HANDS_OVER = 'echo waiting\nexec "$@"\n'
WHERE = Location("docker-compose.prod.yml", 8)


def places(words: tuple[str, ...], files: dict[str, str]) -> list[tuple[str, str]]:
    """(place, words) of each command that the words start."""

    def find(path: str) -> tuple[str, str] | None:
        name = path.removeprefix("./")
        return (name, files[name]) if name in files else None

    found = run_words(words, WHERE, Start("web", "compose"), scripts=Scripts(find))
    return [(str(command.where), " ".join(command.words)) for command in found]


def test_what_an_entrypoint_hands_over_to_stands_where_its_arguments_do() -> None:
    found = places(("./entrypoint.sh", "gunicorn", "shop.wsgi"), {"entrypoint.sh": HANDS_OVER})
    assert found == [("docker-compose.prod.yml:8", "gunicorn shop.wsgi")]


def test_arguments_that_two_scripts_pass_on_keep_their_place() -> None:
    files = {"outer.sh": 'exec ./inner.sh "$@"\n', "inner.sh": 'exec gosu app "$@"\n'}
    found = places(("./outer.sh", "gunicorn", "shop.wsgi"), files)
    assert found == [("docker-compose.prod.yml:8", "gunicorn shop.wsgi")]


def test_a_command_that_a_script_writes_itself_stands_in_the_script() -> None:
    found = places(("./start.sh", "--workers", "3"), {"start.sh": 'exec gunicorn shop.wsgi "$@"\n'})
    assert found == [("start.sh:1", "gunicorn shop.wsgi --workers 3")]


def test_arguments_that_a_script_writes_stand_in_the_script() -> None:
    files = {"start.sh": "./entrypoint.sh gunicorn shop.wsgi\n", "entrypoint.sh": HANDS_OVER}
    assert places(("./start.sh",), files) == [("start.sh:1", "gunicorn shop.wsgi")]
