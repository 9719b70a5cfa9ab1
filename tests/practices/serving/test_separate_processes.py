from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Confidence, Finding
from tenfold.practices.serving.separate_processes import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

UWSGI = """[uwsgi]
module = config.wsgi
hook-pre-app = exec:./manage.py migrate
attach-daemon = ./manage.py sendalerts
attach-daemon = ./manage.py sendreports --loop
if-env = SMTPD_PORT
attach-daemon = ./manage.py smtpd --port %(_)
endif =
"""


def findings(root: Path, files: dict[str, str]) -> dict[str, Finding]:
    write_project(root, files)
    return {str(j.where): j for j in check(read_project(root)) if isinstance(j, Finding)}


def test_attached_daemons_are_found_one_by_one_and_the_conditional_one_with_less_confidence(
    tmp_path: Path,
) -> None:
    files = {"Dockerfile": 'FROM python:3.13\nCMD ["uwsgi", "uwsgi.ini"]\n', "uwsgi.ini": UWSGI}
    found = findings(tmp_path, files)
    assert {place: f.confidence for place, f in found.items()} == {
        "uwsgi.ini:4": Confidence.HIGH,
        "uwsgi.ini:5": Confidence.HIGH,
        "uwsgi.ini:7": Confidence.MEDIUM,
    }


def test_a_command_that_ends_before_the_server_starts_is_no_daemon(tmp_path: Path) -> None:
    script = (
        "#!/bin/sh\npython manage.py check\npython manage.py createcachetable\nexec gunicorn config.wsgi\n"
    )
    files = {"Dockerfile": 'FROM python:3.13\nCMD ["./start.sh"]\n', "start.sh": script}
    assert findings(tmp_path, files) == {}
