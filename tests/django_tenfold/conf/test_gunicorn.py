from __future__ import annotations

import pytest

from django_tenfold.conf.gunicorn import find_timeout


@pytest.mark.parametrize(
    ("text", "line", "seconds"),
    [
        ("--timeout 45 --workers 2", "manage.py check", 45.0),
        ("-t 45 --timeout=50", "manage.py check", 50.0),
        ("--timeout 45", "/bin/gunicorn shop.wsgi --timeout 60", 60.0),
        ("", "gunicorn -t 20 shop.wsgi", 20.0),
        ("", "manage.py check -t 20", None),
        ("--timeout", "x", None),
        ("--timeout 0", "x", None),
        ("--timeout 'open", "x", None),
    ],
)
def test_the_last_timeout_that_gunicorn_is_given_counts(text: str, line: str, seconds: float | None) -> None:
    assert find_timeout({"GUNICORN_CMD_ARGS": text}, line.split()) == seconds
