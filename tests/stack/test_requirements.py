from __future__ import annotations

from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tenfold.config import UpConfig
from tenfold.errors import TenfoldError
from tenfold.stack.requirements import TABLE, missing_packages
from tests.stack.example_site import make_shape


def missing(shape: dict[str, Any] | None = None, **config: Any) -> dict[str, str]:
    """Name -> version of what must be there."""
    found = missing_packages(UpConfig(**config), make_shape(**{"celery": "", **(shape or {})}))
    return {one.name: one.version for one in found if not one.optional}


def test_a_bare_project_gets_granian_a_driver_with_its_pool_and_the_redis_client() -> None:
    added = {*missing()}
    assert added == {
        "granian", "click", "psycopg", "psycopg-binary", "psycopg-pool", "typing-extensions", "redis",
        "setproctitle",
    }  # fmt: skip


def test_nothing_is_added_that_the_project_has() -> None:
    own = dict.fromkeys(("granian", "psycopg", "psycopg-binary", "psycopg-pool", "redis"), "99")
    assert missing({"installed": own}) == {}


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg2-binary"])
def test_a_project_on_psycopg2_is_given_no_second_driver(driver: str) -> None:
    """Django would take psycopg 3 as soon as it can be imported."""
    assert not {"psycopg", "psycopg-binary", "psycopg-pool"} & {*missing({"installed": {driver: "2.9.9"}})}


def test_a_django_before_psycopg_3_gets_psycopg2() -> None:
    added = missing({"django": (3, 2), "python_version": (3, 10)})
    assert "psycopg2-binary" in added
    assert "psycopg" not in added


def test_psycopg_without_its_binary_half_gets_that_of_its_own_version() -> None:
    added = missing_packages(UpConfig(), make_shape(celery="", installed={"psycopg": "3.1.18"}))
    (binary,) = [one for one in added if one.name == "psycopg-binary"]
    assert (binary.version, binary.exact) == ("3.1.18", True)
    assert "psycopg-binary" not in missing({"installed": {"psycopg": "3.1.18", "psycopg-c": "3.1.18"}})


def test_a_pool_is_added_only_for_a_django_that_has_one() -> None:
    assert "psycopg-pool" in missing({"django": (5, 1)})
    assert "psycopg-pool" not in missing({"django": (5, 0)})


def test_no_driver_is_added_where_the_project_keeps_its_database() -> None:
    assert not {"psycopg", "psycopg-pool"} & {*missing(database="keep")}


def test_the_redis_client_is_added_for_the_cache_or_for_tasks() -> None:
    assert "redis" not in missing(cache="memcached")
    assert "pymemcache" in missing(cache="memcached")
    assert "pymemcache" not in missing()
    assert "redis" in missing({"celery": "shop.celery:app"}, cache="memcached")
    assert "redis" not in missing({"celery": "shop.celery:app"}, cache="keep", broker="rabbitmq")


def test_celery_on_valkey_gets_what_kombu_imports_for_it_without_asking_for_it() -> None:
    assert "packaging" in missing({"celery": "shop.celery:app"})
    assert "packaging" not in missing({"celery": "shop.celery:app"}, broker="rabbitmq")
    assert "packaging" not in missing()


def test_flower_comes_with_what_it_needs_and_celery_never() -> None:
    added = missing({"celery": "shop.celery:app", "installed": {"celery": "5.4.0"}}, services=("dashboard",))
    assert {"flower", "tornado", "prometheus-client", "humanize", "pytz"} <= added.keys()
    assert "celery" not in added


def test_gunicorn_under_asgi_needs_uvicorns_worker() -> None:
    assert "uvicorn-worker" in missing({"interface": "asgi"}, server="gunicorn")
    assert {"uvicorn", "h11"} <= missing({"interface": "asgi"}).keys()
    assert "uvicorn-worker" not in missing({"interface": "asgi"})


def test_a_project_with_channels_must_be_able_to_speak_websocket() -> None:
    assert "websockets" in missing({"interface": "asgi", "installed": {"channels": "4.2"}})
    assert "websockets" not in missing({"interface": "asgi"})


def test_an_older_interpreter_gets_the_last_version_made_for_it() -> None:
    assert missing({"python_version": (3, 8)})["gunicorn"] == "23.0.0"
    assert "packaging" in missing({"python_version": (3, 9)}), "gunicorn 23 needs it"
    assert missing({"python_version": (3, 13)}, server="gunicorn")["gunicorn"] == "27.0.1"


def test_a_dependency_too_old_for_what_is_added_is_told() -> None:
    with pytest.raises(TenfoldError, match=r"granian cannot run beside the project's click 7\.1\.2") as told:
        missing({"installed": {"click": "7.1.2"}})
    assert "gunicorn" in told.value.next_step


def test_a_server_that_was_never_made_for_the_interpreter_is_told() -> None:
    with pytest.raises(TenfoldError, match=r"There is no granian for Python 3\.8"):
        missing({"python_version": (3, 8)}, server="granian")


def test_every_dependency_of_the_table_has_a_row_that_satisfies_it() -> None:
    for name, package in TABLE.items():
        for since, _ in package.versions:
            for needed in map(Requirement, package.needs):
                if needed.name == "celery":
                    continue
                row = TABLE[needed.name.replace(".", "-")]
                version = next((v for python, v in row.versions if since >= python), None)
                applies = needed.marker is None or needed.marker.evaluate({"python_version": "3.8"})
                if applies:
                    assert version, f"{name} on {since}"
                    assert needed.specifier.contains(Version(version)) or since < (3, 10), f"{name}: {needed}"


def test_rows_are_read_from_the_newest_interpreter_to_the_oldest() -> None:
    for name, package in TABLE.items():
        pythons = [python for python, _ in package.versions]
        assert pythons == sorted(pythons, reverse=True), name
