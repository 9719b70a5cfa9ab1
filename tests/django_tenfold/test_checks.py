from __future__ import annotations

import ast
import sys
import warnings
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

import django_tenfold
from django_tenfold.checks import ERROR_TRACKERS, check_development_apps
from tests.django_tenfold.conftest import HEALTHY


def warned(**changed: Any) -> list[Any]:
    """Scaling checks with HEALTHY and `changed` over it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Django: overriding DATABASES may surprise
        # Tests of the wiring of Sentry load it into this process.
        loaded = {name: module for name, module in sys.modules.items() if name not in ERROR_TRACKERS}
        with (
            patch.dict(sys.modules, loaded, clear=True),
            override_settings(**{**deepcopy(HEALTHY), **changed}),
        ):
            return run_checks(tags=["scaling"], include_deployment_checks=True)


def database(**changed: Any) -> dict[str, Any]:
    default = deepcopy(HEALTHY["DATABASES"]["default"]) | changed
    return {"DATABASES": {"default": {key: value for key, value in default.items() if value is not None}}}


LOADERS = ["django.template.loaders.app_directories.Loader"]
CACHED = [("django.template.loaders.cached.Loader", LOADERS)]
IMMEDIATE = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
LOCAL = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


def engine(loaders: list[Any]) -> dict[str, Any]:
    return {"TEMPLATES": [{**HEALTHY["TEMPLATES"][0], "APP_DIRS": False, "OPTIONS": {"loaders": loaders}}]}


def test_healthy_settings_are_not_warned_of() -> None:
    assert warned() == []


@pytest.mark.parametrize(
    ("changed", "ids"),
    [
        (database(CONN_MAX_AGE=None), ["tenfold.W001"]),
        (database(CONN_MAX_AGE=0), ["tenfold.W001"]),
        (database(CONN_MAX_AGE=0, OPTIONS={"application_name": "shop-command", "connect_timeout": 5}), []),
        (
            database(CONN_MAX_AGE=0, OPTIONS={"application_name": "shop-web", "connect_timeout": 5}),
            ["tenfold.W001"],
        ),
        (database(CONN_HEALTH_CHECKS=None), ["tenfold.W002"]),
        (database(CONN_MAX_AGE=None, OPTIONS={"pool": True, "connect_timeout": 5}), []),
        (database(CONN_MAX_AGE=0, DISABLE_SERVER_SIDE_CURSORS=True), []),
        (database(OPTIONS={}), ["tenfold.W003"]),
        (database(OPTIONS={"service": "shop"}), []),
        (database(ENGINE="django.db.backends.sqlite3", CONN_MAX_AGE=0, OPTIONS={}), ["tenfold.W004"]),
        ({"CACHES": LOCAL}, ["tenfold.W005", "tenfold.W006"]),
        ({"SESSION_ENGINE": "django.contrib.sessions.backends.db"}, ["tenfold.W006"]),
        ({"SESSION_ENGINE": "django.contrib.sessions.backends.db", "MIDDLEWARE": []}, []),
        ({"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}, []),
        (engine(LOADERS), ["tenfold.W008"]),
        (engine(CACHED), []),
        ({"ADMINS": [], "LOGGING": {}}, ["tenfold.W009", "tenfold.W011"]),
        ({"LOGGING": {}}, ["tenfold.W011"]),
        ({"ALLOWED_HOSTS": ["*"]}, ["tenfold.W010"]),
        ({"TASKS": IMMEDIATE}, ["tenfold.W012"]),
    ],
)
def test_each_setting_is_warned_of_under_its_own_id(changed: dict[str, Any], ids: list[str]) -> None:
    assert sorted(message.id for message in warned(**changed)) == ids


def test_development_apps_are_warned_of_in_production_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "INSTALLED_APPS", ["django_tenfold", "debug_toolbar.apps.Toolbar"])
    assert [message.id for message in check_development_apps(None)] == ["tenfold.W007"]
    monkeypatch.setattr(settings, "DEBUG", True)
    assert check_development_apps(None) == []


def test_a_hint_names_a_practice_of_the_catalogue() -> None:
    from tenfold.practices.catalogue import rows

    known = {row.id for row in rows()}
    messages = warned(**database(CONN_MAX_AGE=0, OPTIONS={}), CACHES=LOCAL, ALLOWED_HOSTS=["*"], LOGGING={})
    named = [message.hint.partition("(practice ")[2].partition(":")[0] for message in messages]
    assert len(named) >= 5
    assert set(named) <= known


def test_development_is_not_checked() -> None:
    with override_settings(ALLOWED_HOSTS=["*"]):
        assert run_checks(tags=["scaling"]) == []


def test_the_runtime_never_imports_the_tool() -> None:
    home = Path(django_tenfold.__file__).parent
    for path in home.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "tenfold"], path


def test_every_check_stands_in_the_documentation_with_its_practice() -> None:
    root = Path(__file__).parents[2]
    source = (root / "src/django_tenfold/checks.py").read_text(encoding="utf-8")
    page = (root / "docs/how-to/check-running-settings.md").read_text(encoding="utf-8")
    made = [
        (call.args[0].value, call.args[1].value)
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_warn"
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[1], ast.Constant)
    ]
    assert len(made) == 12
    for number, practice in made:
        (row,) = [line for line in page.splitlines() if f"`tenfold.W{number:03}`" in line]
        assert row.endswith(f"| `{practice}` |")
