from __future__ import annotations

import pytest

from tenfold.project.model import Location
from tenfold.project.readers.repository_files.launch import Scripts, Start, run_text, run_words
from tenfold.project.readers.repository_files.shell_tokens import split_words

HERE = Location("Dockerfile", 1)
START = Start("web", "dockerfile")


def _lines(text: str, arguments: tuple[str, ...] | None = None) -> list[tuple[str, str]]:
    start = Start("web", "dockerfile", arguments=arguments)
    return [(" ".join(c.words), c.condition) for c in run_text(text, HERE, start)]


def test_words_lose_their_quotes_and_keep_their_variables() -> None:
    assert split_words("""a 'b c' "d $E" f\\ g ${H:-i j} "$(k "l")" > m""") == (
        "a",
        "b c",
        "d $E",
        "f g",
        "${H:-i j}",
        '$(k "l")',
    )


def test_chains_give_one_command_each() -> None:
    assert [words for words, _ in _lines("a && b; c | d & e")] == ["a", "b", "c", "d", "e"]


def test_conditions_nest_and_else_is_the_opposite() -> None:
    text = 'if [ -n "$A" ]; then\n  a\n  if b; then c; fi\nelif [ -z "$B" ]; then d\nelse\n  e\nfi\nf\n'
    assert _lines(text) == [
        ("a", 'if [ -n "$A" ]'),
        ("b", 'if [ -n "$A" ]'),
        ("c", 'if [ -n "$A" ] and if b'),
        ("d", 'if not [ -n "$A" ] and if [ -z "$B" ]'),
        ("e", 'if not [ -n "$A" ] and if not [ -z "$B" ]'),
        ("f", ""),
    ]


def test_a_test_before_a_double_ampersand_is_a_condition_and_a_command_is_not() -> None:
    assert _lines('[ "$A" = 1 ] && a\nb && c\nd || e\n') == [
        ("a", 'if [ "$A" = 1 ]'),
        ("b", ""),
        ("c", ""),
        ("d", ""),
        ("e", "if not d"),
    ]


def test_a_case_is_decided_by_the_argument() -> None:
    text = 'case "$1" in\n  web|server) a ;;\n  worker) b ;;\n  *) exec "$@" ;;\nesac\n'
    commands = run_text(text, HERE, Start("w", "compose", arguments=("worker", "-c", "2")))
    assert [(c.words, c.never, c.condition) for c in commands if not c.never] == [(("b",), False, "")]
    assert [
        c.words[0] for c in run_text(text, HERE, Start("w", "compose", arguments=("bash",))) if not c.never
    ] == ["bash"]


def test_a_functions_body_runs_where_it_is_called_with_its_arguments() -> None:
    assert _lines('serve() {\n  gunicorn "$1" -w 2\n}\nif x; then serve a.wsgi; fi\n') == [
        ("x", ""),
        ("gunicorn a.wsgi -w 2", "if x"),
    ]


def test_nothing_runs_after_exec_or_exit() -> None:
    assert [words for words, _ in _lines("a\nexec b\nc\n")] == ["a", "b"]
    assert [words for words, _ in _lines("if x; then exec a; fi\nb\n")] == ["x", "a", "b"]


def test_assignments_before_a_command_are_its_environment() -> None:
    (command,) = run_text("A=1 B='2 3' python manage.py migrate", HERE, START)
    assert command.words == ("python", "manage.py", "migrate")
    assert command.environment == {"A": "1", "B": "2 3"}


def test_an_exported_variable_resolves_later_options() -> None:
    (command,) = run_text("export WORKERS=${WORKERS:-4}\ngunicorn a -w $WORKERS\n", HERE, START)
    assert command.resolve(command.option("-w") or "") == "4"


def test_a_command_held_in_a_variable_is_put_in_place() -> None:
    assert _lines('CMD="gunicorn a.wsgi -w 2"\nexec $CMD\n') == [("gunicorn a.wsgi -w 2", "")]


def test_here_documents_comments_and_redirections_are_no_commands() -> None:
    assert _lines("cat <<EOF > x\nrm -r /\nEOF\n# b\nc 2>&1 >/dev/null # d\n") == [("cat", ""), ("c", "")]


@pytest.mark.parametrize(
    "line",
    [
        "exec gunicorn a",
        "tini -- gunicorn a",
        "dumb-init gunicorn a",
        "gosu app gunicorn a",
        "su-exec app:app gunicorn a",
        "env A=1 gunicorn a",
        "sudo -u app gunicorn a",
        "poetry run gunicorn a",
        "uv run --no-dev gunicorn a",
        "uv run --env-file .env -- gunicorn a",
        "pipenv run gunicorn a",
        "ddtrace-run gunicorn a",
        "newrelic-admin run-program gunicorn a",
        "opentelemetry-instrument --traces x gunicorn a".replace("--traces x ", ""),
        "wait-for-it db:5432 -t 30 -- gunicorn a",
        "nohup gunicorn a",
        "timeout 30 gunicorn a",
        "sh -c 'gunicorn a'",
        "bash -lc 'exec gunicorn a'",
        "su app -c 'gunicorn a'",
        "python -m gunicorn a",
        "uv run python -m gunicorn a",
        "chpst -u app gunicorn a",
    ],
)
def test_what_only_starts_another_program_is_taken_off(line: str) -> None:
    (command,) = run_text(line, HERE, START)
    assert command.words == ("gunicorn", "a")
    assert command.role == "web"


def test_a_celery_worker_with_a_beat_inside_is_worker_and_scheduler() -> None:
    assert [c.role for c in run_text("celery -A a worker -B", HERE, START)] == ["worker", "scheduler"]


def test_a_list_of_words_with_separators_is_a_chain() -> None:
    words = ("monofy", "m", "migrate", "&&", "gunicorn", "a", "|||", "w")
    assert [c.words for c in run_words(words, HERE, START)] == [("m", "migrate"), ("gunicorn", "a"), ("w",)]


def test_scripts_are_followed_with_their_arguments() -> None:
    scripts = Scripts(lambda path: ("bin/a.sh", 'celery -A a worker -Q "$1"\n') if path == "./a.sh" else None)
    (command,) = run_text("./a.sh mail", HERE, START, scripts=scripts)
    assert command.option("-Q") == "mail"
    assert command.where == Location("bin/a.sh", 1)


@pytest.mark.parametrize(
    "text",
    ["if", "case x", "f() {", "((", "[[ a", "$(", "'", '"', "a <<", "}", "fi", ";;", ")(", "( " * 3_000],
)
def test_what_is_not_closed_ends_with_the_text(text: str) -> None:
    run_text(text, HERE, START)


def test_arguments_that_grow_without_end_stay_as_written() -> None:
    scripts = Scripts(lambda path: ("a.sh", './a.sh "' + "$@" * 70 + '"\ngunicorn a\n'))
    commands = run_text("./a.sh 1234567890", HERE, START, scripts=scripts)
    assert max(len(word) for command in commands for word in command.words) < 300_000
