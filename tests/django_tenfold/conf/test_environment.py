from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_tenfold.conf import Environment, development_key, reading
from django_tenfold.conf.environment import check_environments
from tests.django_tenfold.conf.reading_environment import problems_of, set_variables


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("str", "a b", "a b"),
        ("secret", "s", "s"),
        ("bool", "yes", True),
        ("bool", "0", False),
        ("int", "7", 7),
        ("float", "2.5", 2.5),
        ("list", "a, b,,c ", ["a", "b", "c"]),
        ("dict", "a=1,b=2", {"a": "1", "b": "2"}),
        ("json", '{"a": [1]}', {"a": [1]}),
        ("path", "/var/a", Path("/var/a")),
        ("url", "https://shop.example/a?b=c", "https://shop.example/a?b=c"),
    ],
)
def test_a_variable_is_read_as_its_kind(
    monkeypatch: pytest.MonkeyPatch, kind: str, text: str, value: object
) -> None:
    set_variables(monkeypatch, NAME=text)
    env = Environment()
    assert getattr(env, kind)("NAME") == value
    env.check()


def test_everything_that_is_missing_or_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, WORKERS="many", LEVEL="loud")

    def read(env: Environment) -> None:
        env.secret("SECRET_KEY", help="Signs sessions")
        env.int("WORKERS")
        env.str("LEVEL", choices=("low", "high"))
        env.list("HOSTS", example="shop.example")

    told = problems_of(read).splitlines()
    assert told[0] == "4 environment variables are missing or wrong:"
    assert told[1] == (
        "  - SECRET_KEY is not set. Signs sessions."
        " (or a file that holds it: SECRET_KEY_FILE=/run/secrets/secret_key)"
    )
    assert told[2] == "  - WORKERS is wrong: not a valid integer."
    assert told[3] == "  - LEVEL must be one of low, high."
    assert told[4] == "  - HOSTS is not set. Example: HOSTS=shop.example"


def test_the_rest_of_the_settings_can_be_read_with_what_stands_in_for_the_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_variables(monkeypatch)
    env = Environment()
    assert 60 / env.int("RATE")
    assert 60 / env.float("PACE")
    assert env.int("SIZE", at_least=3) == 3
    assert env.str("NAME").upper()
    assert env.path("PLACE") / "inner"
    assert env.url("SITE").startswith("http")
    assert [*env.list("HOSTS"), *env.dict("PAIRS"), *env.json("TREE")] == []
    assert env.str("LEVEL", choices=("low", "high")) == "low"
    assert env.databases()["default"]["OPTIONS"] == {}
    assert env.caches()["default"]["BACKEND"].endswith("DummyCache")
    assert env.storages()["default"]["BACKEND"].endswith("InMemoryStorage")
    assert "dummy" in str(env.email())
    assert env.broker() == "memory://"
    with pytest.raises(ImproperlyConfigured, match="15 environment variables"):
        env.check()


def test_a_missing_secret_is_stood_in_for_by_one_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch)
    first, second = Environment().secret("SECRET_KEY"), Environment().secret("SECRET_KEY")
    assert first != second
    assert len(first) > 50


def test_a_secret_that_is_wrong_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(
        monkeypatch, KEY="hunter2", DATABASE_URL="postgres://u:hunter2/x@h:y/db", CACHE_URL="hunter2"
    )

    def read(env: Environment) -> None:
        env.secret("KEY", at_least=50)
        env.databases()
        env.caches()

    told = problems_of(read)
    assert "hunter2" not in told
    assert told.startswith("3 environment variables")


def test_a_secret_is_read_from_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("from a file\n", encoding="utf-8")
    (tmp_path / "url").write_text("redis://h/1\n", encoding="utf-8")
    set_variables(monkeypatch, KEY_FILE=str(tmp_path / "key"), CACHE_URL_FILE=str(tmp_path / "url"))
    env = Environment()
    assert env.secret("KEY") == "from a file"
    assert env.caches()["default"]["LOCATION"] == "redis://h/1"
    env.check()


def test_a_secret_given_twice_or_in_a_file_that_cannot_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfesecret")
    set_variables(
        monkeypatch,
        TWICE="a",
        TWICE_FILE=str(tmp_path / "bytes"),
        GONE_FILE=str(tmp_path / "none"),
        FOLDER_FILE=str(tmp_path),
        BYTES_FILE=str(tmp_path / "bytes"),
        EMPTY_FILE="/dev/null",
    )
    names = ("TWICE", "GONE", "FOLDER", "BYTES", "EMPTY")
    told = problems_of(lambda env: [env.secret(name) for name in names])
    assert "EMPTY is empty." in told
    assert "TWICE is set, and TWICE_FILE as well: one of the two must go." in told
    assert "GONE cannot be read from the file that GONE_FILE names (No such file or directory)." in told
    assert "FOLDER cannot be read from the file that FOLDER_FILE names (Is a directory)." in told
    assert "BYTES cannot be read from the file that BYTES_FILE names (it is no UTF-8 text)." in told


def test_values_of_development_are_used_only_with_debug(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def read(env: Environment) -> tuple[Any, ...]:
        return (
            env.secret("SECRET_KEY", development=development_key),
            env.databases(development=tmp_path / "a b.sqlite3")["default"]["NAME"],
        )

    set_variables(monkeypatch, DEBUG="1")
    env = Environment()
    assert env.development
    assert read(env) == (development_key(), str(tmp_path / "a b.sqlite3"))
    env.check()
    set_variables(monkeypatch, DEBUG="0")
    assert problems_of(read).startswith("2 environment variables are missing")


def test_an_empty_value_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, KEY="", WORKERS="", CACHE_URL="", NAME="", HOSTS="")
    env = Environment()
    assert env.int("WORKERS", 3) == 3
    assert env.caches(default="locmem://")["default"]["BACKEND"].endswith("LocMemCache")
    assert env.str("NAME", default="x") == ""
    assert env.list("HOSTS", default=["x"]) == []
    env.check()
    assert "KEY is empty." in problems_of(lambda other: other.secret("KEY"))


def test_a_file_of_variables_is_read_and_the_process_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_variables(monkeypatch, A="process")
    (tmp_path / ".env").write_text("A=file\nB='from the file'\nDEBUG=on\n", encoding="utf-8")
    env = Environment(tmp_path / ".env")
    assert (env.str("A"), env.str("B"), env.development) == ("process", "from the file", True)
    Environment(tmp_path / "none").check()


def test_a_prefix_stands_before_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, SHOP_DEBUG="1", SHOP_CACHE_URL="locmem://", SHOP_N="3")
    env = Environment(prefix="SHOP_")
    assert env.development
    assert env.int("N") == 3
    assert env.caches()["default"]["BACKEND"].endswith("LocMemCache")
    assert [one.name for one in env.variables] == ["SHOP_N", "SHOP_CACHE_URL"]


def test_what_is_read_after_the_check_raises_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch)
    env = Environment()
    env.check()
    with pytest.raises(ImproperlyConfigured, match="LATE is not set"):
        env.str("LATE")


def test_the_build_of_an_image_goes_on_without_what_is_missing_but_not_with_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_variables(monkeypatch, TENFOLD_BUILD="1")
    monkeypatch.setattr(reading, "detect_server", lambda: "")
    monkeypatch.setattr("sys.argv", ["manage.py", "collectstatic"])
    assert problems_of(lambda env: env.databases()) == ""
    set_variables(monkeypatch, TENFOLD_BUILD="1", N="x")
    assert "N is wrong" in problems_of(lambda env: env.int("N"))


@pytest.mark.parametrize("line", ["manage.py migrate", "gunicorn shop.wsgi", "celery -A shop worker"])
def test_what_is_left_of_a_build_starts_no_process_that_serves(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    set_variables(monkeypatch, TENFOLD_BUILD="1")
    monkeypatch.setattr(reading, "detect_server", lambda: "wsgi" if "gunicorn" in line else "")
    monkeypatch.setattr("sys.argv", line.split())
    assert "DATABASE_URL is not set" in problems_of(lambda env: env.databases())


def test_a_default_that_cannot_be_used_is_told_like_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch)
    told = problems_of(lambda env: env.caches(default="mongodb://h"))
    assert "CACHE_URL is not set, and its default has a scheme that is not known" in told


def test_bounds_are_held_for_numbers_texts_and_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, N="3", KEY="short", ITEMS="a", PORTS="1,x")

    def read(env: Environment) -> None:
        env.int("N", at_least=4)
        env.secret("KEY", at_least=50)
        env.list("ITEMS", at_least=2)
        env.list("PORTS", of=int)

    told = problems_of(read)
    for text in (
        "N must be at least 4.",
        "KEY must be at least 50 characters.",
        "ITEMS must be at least 2 items.",
        "PORTS holds an item that cannot be read.",
    ):
        assert text in told


def test_a_forgotten_check_is_made_when_the_applications_are_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch)
    env = Environment()
    env.str("FORGOTTEN")
    with pytest.raises(ImproperlyConfigured, match="FORGOTTEN is not set"):
        check_environments()
    del env


def test_options_of_blocks_are_read_without_the_libraries_of_this_one() -> None:
    code = (
        "import sys; import django_tenfold.conf.options as o;"
        "assert not {'environs', 'dj_database_url'} & set(sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_process_ends_before_it_serves_when_a_variable_is_missing(tmp_path: Path) -> None:
    (tmp_path / "site_settings.py").write_text(
        "from django_tenfold.conf import Environment\nenv = Environment()\n"
        "SECRET_KEY = env.secret('SECRET_KEY')\nALLOWED_HOSTS = env.list('ALLOWED_HOSTS')\nenv.check()\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-c", "from django.core.wsgi import get_wsgi_application as g; g()"],
        env={"DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": f"{tmp_path}:{_source()}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    assert "2 environment variables are missing or wrong" in ran.stderr


def _source() -> Path:
    import django_tenfold

    return Path(django_tenfold.__file__).parent.parent
