from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.readers.project import Reading, read_project
from tenfold.stack.export.variables import is_secret, list_variables
from tests.builders import write_files
from tests.stack.export.test_facts import FILES, SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.stack.export.input import Variable


def listed(root: Path, *lines: str) -> dict[str, Variable]:
    settings = SETTINGS + "\n".join(lines) + "\n"
    project = read_project(write_files(root, FILES | {"shop/settings.py": settings}), Reading())
    return {variable.name: variable for variable in list_variables(project.settings)}


def test_what_the_settings_use_decides_whatever_the_name(tmp_path: Path) -> None:
    found = listed(tmp_path, 'CACHES = {"default": {"BACKEND": "x", "LOCATION": os.environ["KEPT_AT"]}}')
    assert found["KEPT_AT"].role == "cache-url"
    assert found["SHOP_SIGNING"].role == "secret-key"
    assert found["SHOP_SIGNING"].secret
    assert found["SHOP_SIGNING"].where == "shop/settings.py:5"


def test_the_branch_of_postgresql_is_chosen(tmp_path: Path) -> None:
    assert listed(tmp_path)["STORE"].role == "=pg"


def test_the_variable_that_tells_of_the_pooler_is_known_by_its_name(tmp_path: Path) -> None:
    found = listed(tmp_path, 'POOLER = os.environ.get("DATABASE_POOLER")')
    assert (found["DATABASE_POOLER"].role, found["DATABASE_POOLER"].secret) == ("pooler-mode", False)


def test_a_store_over_tls_is_left_to_the_people(tmp_path: Path) -> None:
    found = listed(tmp_path, 'OTHER = os.environ.get("REDIS_URL"), os.environ.get("REDIS_TLS_URL")')
    assert found["REDIS_URL"].role == "cache-url"
    assert found["REDIS_TLS_URL"].role == ""


def test_variables_of_the_platform_are_not_listed(tmp_path: Path) -> None:
    assert "HOME" not in listed(tmp_path, 'WHERE = os.environ.get("HOME")')


@pytest.mark.parametrize(
    "name", ["STRIPE_KEY", "ADMIN_PASSWORD", "SENTRY_DSN", "API_TOKEN", "SOME_API_KEY_ID"]
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["SECRET_KEY_FILE", "KEYBOARD", "ALLOW_PRIVATE_IPS", "TOKEN_URL", "SITE_NAME"]
)
def test_names_that_look_like_secrets_are_not_taken_for_them(name: str) -> None:
    assert not is_secret(name)
