from __future__ import annotations

import pytest

from tenfold.project.command_line import find_option, management_command, resolve_variables, roles_of


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("gunicorn --workers=4 shop.wsgi", "4"),
        ("gunicorn --workers 4 shop.wsgi", "4"),
        ("gunicorn -w 4 shop.wsgi", "4"),
        ("gunicorn -w4 shop.wsgi", "4"),
        ("gunicorn -w 2 --workers 4 shop.wsgi", "4"),
        ("gunicorn shop.wsgi", None),
        ("gunicorn --workers-of-others 4 shop.wsgi", None),
        ("gunicorn --workers --preload", ""),
    ],
)
def test_an_option_is_found_however_it_is_written(line: str, value: str | None) -> None:
    assert find_option(line.split(), ("--workers", "-w")) == value


def test_a_bare_flag_takes_no_word_behind_it() -> None:
    assert find_option("gunicorn --preload shop.wsgi".split(), ("--preload",)) == ""
    assert find_option("gunicorn --log-file -".split(), ("--log-file",)) == "-"
    assert find_option("gunicorn --timeout -1".split(), ("--timeout",)) == "-1"


def test_a_variable_gives_its_value_else_the_default_written_beside_it() -> None:
    assert resolve_variables("${WORKERS:-3}") == "3"
    assert resolve_variables("${WORKERS:-3}", {"WORKERS": "8"}) == "8"
    assert resolve_variables("${A:-${B:-5}}") == "5"
    assert resolve_variables("0.0.0.0:$PORT", {"PORT": "80"}) == "0.0.0.0:80"
    assert resolve_variables("$PORT ${PORT} $(nproc)") == "$PORT ${PORT} $(nproc)"


def test_a_variable_that_names_itself_ends() -> None:
    assert resolve_variables("$PATH", {"PATH": "/app/bin:$PATH"}).startswith("/app/bin:")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("python manage.py migrate", "migrate"),
        ("./manage.py migrate --noinput", "migrate"),
        ("python -u /app/manage.py migrate", "migrate"),
        ("django-admin --settings shop.settings migrate", "migrate"),
        ("python -m django migrate", "migrate"),
        ("shop-manage migrate", "migrate"),
        ("psql manage.py", ""),
        ("gunicorn shop.wsgi", ""),
    ],
)
def test_the_management_command_is_told(line: str, command: str) -> None:
    assert management_command(line.split()) == command


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("gunicorn shop.wsgi", ("web",)),
        ("/venv/bin/uwsgi --ini x.ini", ("web",)),
        ("python manage.py runserver 0.0.0.0:8000", ("development server",)),
        ("python manage.py runserver_plus", ("development server",)),
        ("celery -A shop worker -l info", ("worker",)),
        ("celery -A worker beat", ("scheduler",)),
        ("celery -A shop worker -B", ("worker", "scheduler")),
        ("celery -A shop worker --beat", ("worker", "scheduler")),
        ("celery -A shop flower", ("dashboard",)),
        ("celery -A shop inspect ping", ("",)),
        ("python manage.py qcluster", ("worker",)),
        ("python manage.py migrate", ("migrate",)),
        ("python manage.py migrate --check", ("",)),
        ("python manage.py collectstatic --noinput", ("collectstatic",)),
        ("supercronic /etc/crontab", ("scheduler",)),
        ("rq worker default", ("worker",)),
        ("rq info", ("",)),
        ("nginx -g daemon", ("",)),
        ("", ("",)),
    ],
)
def test_the_role_comes_from_the_words(line: str, roles: tuple[str, ...]) -> None:
    assert roles_of(line.split()) == roles


def test_a_variable_that_mentions_itself_is_put_in_once() -> None:
    assert resolve_variables("$PATH", {"PATH": "/x:$PATH"}) == "/x:$PATH"
    assert resolve_variables("$A", {"A": "${A:-3}"}) == "3"
    many = {"A": "$B" * 90, "B": "$A" * 90}
    assert len(resolve_variables("$A", many)) == 90 * 90 * 2


def test_a_value_that_grew_without_end_stays_a_variable() -> None:
    assert resolve_variables("run $A", {"A": "x" * 1_001}) == "run $A"
