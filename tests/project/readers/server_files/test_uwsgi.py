from __future__ import annotations

from tenfold.project.model import Location
from tenfold.project.readers.server_files.uwsgi import read_command_line, read_ini, read_xml, read_yaml
from tenfold.project.settings import MISSING

INI = """\
[other]
processes = 9
[uwsgi]
; a comment
master
workers = 4
if-env = MAIL
attach-daemon = ./manage.py mail
endif =
attach-daemon = ./manage.py alerts
home = $(VIRTUAL_ENV)
http-socket = :$(PORT)
vacuum = false
"""


def test_an_ini_file_gives_its_section_with_lines_and_long_names() -> None:
    options = read_ini(INI, "uwsgi.ini")
    assert options["processes"][0].value == 4
    assert options["processes"][0].where == Location("uwsgi.ini", 6)
    assert options["master"][0].value is True
    assert options["vacuum"][0].value is False


def test_an_option_given_twice_keeps_both_and_the_condition_of_each() -> None:
    daemons = read_ini(INI, "uwsgi.ini")["attach-daemon"]
    assert [(d.value, d.condition) for d in daemons] == [
        ("./manage.py mail", "if-env MAIL"),
        ("./manage.py alerts", ""),
    ]


def test_a_placeholder_names_the_variable_that_decides() -> None:
    options = read_ini(INI, "uwsgi.ini")
    assert (options["virtualenv"][0].value, options["virtualenv"][0].variable) == (MISSING, "VIRTUAL_ENV")
    assert (options["http-socket"][0].value, options["http-socket"][0].variable) == (":$(PORT)", "PORT")


def test_a_file_without_the_section_gives_nothing() -> None:
    assert read_ini("[alembic]\nprocesses = 4\n", "alembic.ini") == {}
    assert read_yaml("services:\n  processes: 4\n", "a.yml") == {}
    assert read_xml("<a><processes>4</processes></a>", "a.xml") == {}


def test_a_stray_endif_is_no_crash() -> None:
    assert read_ini("[uwsgi]\nendif =\nprocesses = 2", "u.ini")["processes"][0].condition == ""


def test_a_yaml_file_gives_the_mapping_with_lines() -> None:
    options = read_yaml(
        "# x\nuwsgi:\n  processes: 4 # four\n  chdir: '/app'\nother:\n  threads: 2\n", "uwsgi.yml"
    )
    assert {name: (p.value, p.where.line) for name, (p,) in options.items()} == {
        "processes": (4, 3),
        "chdir": ("/app", 4),
    }


def test_an_xml_file_gives_its_elements_and_not_its_comments() -> None:
    options = read_xml("<uwsgi>\n<master/>\n<!-- <threads>2</threads> -->\n<p>4</p>\n</uwsgi>", "uwsgi.xml")
    assert {name: (p.value, p.where.line) for name, (p,) in options.items()} == {
        "master": (True, 2),
        "processes": (4, 4),
    }


def test_a_command_line_overrules_the_environment_and_names_its_file() -> None:
    words = ["--http", ":80", "-p", "4", "--master", "etc/uwsgi.ini", "--harakiri=20"]
    options = read_command_line(
        words, Location("Procfile", 1), {"UWSGI_PROCESSES": "2", "UWSGI_THREADS": "8"}
    )
    assert {name: [p.value for p in values] for name, values in options.items()} == {
        "processes": [4],
        "threads": [8],
        "http": [":80"],
        "master": [True],
        "config": ["etc/uwsgi.ini"],
        "harakiri": [20],
    }
    assert options["threads"][0].variable == "UWSGI_THREADS"
