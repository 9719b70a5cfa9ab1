from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.config import UpConfig
from tenfold.errors import TenfoldError
from tenfold.project.model import Known, Location
from tenfold.project.repository import EnvironmentFile, Repository
from tenfold.project.settings import FromEnvironment, Possible, Settings
from tenfold.stack.inspected import Failure
from tenfold.stack.runner.inspection import find_variable, inspect
from tenfold.stack.variables import Variable
from tests.builders import make_project
from tests.stack.overlay.tiny_project import SQLITE, clean_environment

if TYPE_CHECKING:
    from tenfold.project.model import Project
    from tenfold.stack.inspected import Inspected

BASE = f"import os\nSECRET_KEY = 'x'\nDATABASES = {SQLITE}\n"


def ask(root: Path, text: str, *, reads: dict[str, Any] | None = None, **given: Any) -> Inspected:
    """Inspects a project with one settings module; `reads` maps variables to (setting, value)."""
    settings = Settings(
        module=Known("shop.settings"),
        path="shop/settings.py",
        variables={name: (Location("shop/settings.py", 4),) for name in reads or {}},
        values={
            setting: (Possible(value, Location("shop/settings.py", 4)),)
            for setting, value in (reads or {}).values()
        },
    )
    files = {"manage.py": "", "shop/__init__.py": "", "shop/settings.py": text}
    repository = given.pop("repository", Repository(manage=("manage.py",)))
    project = make_project(root, files, settings=settings, repository=repository)
    return ask_project(project, **given)


def ask_project(
    project: Project, *, python: Path = Path(sys.executable), environment: Any = None, **person: str
) -> Inspected:
    return inspect(
        project,
        UpConfig(environment=environment or {}),
        python=python,
        folder=str(project.root / ".tenfold"),
        environment=clean_environment() | person,
    )


def test_the_settings_are_read_as_they_resolve_on_the_stack(tmp_path: Path) -> None:
    text = BASE + "HOST = os.environ['PG_HOST']\n"
    found = ask(
        tmp_path, text, reads={"PG_HOST": ("DATABASES", {"default": {"HOST": FromEnvironment("PG_HOST")}})}
    )
    assert found.failure is None
    assert "HOST" in found.names
    assert found.python == sys.version_info[:2]
    assert found.variables[0].uses[0].setting == "DATABASES.default.HOST"


def test_a_variable_that_only_you_can_know_is_asked_for_with_its_places(tmp_path: Path) -> None:
    reads = {"STRIPE_KEY": ("STRIPE_KEY", FromEnvironment("STRIPE_KEY"))}
    with pytest.raises(TenfoldError) as caught:
        ask(tmp_path, BASE + "STRIPE_KEY = os.environ['STRIPE_KEY']\n", reads=reads)
    assert caught.value.what == "The settings need the environment variable STRIPE_KEY, which is not set."
    assert "shop/settings.py:4" in caught.value.why
    assert "--env STRIPE_KEY=value" in caught.value.next_step
    assert "[tool.tenfold.up.environment]" in caught.value.next_step


def test_it_is_found_in_the_persons_environment_and_in_the_configuration(tmp_path: Path) -> None:
    text = BASE + "KEY = os.environ['STRIPE_KEY']\n"
    assert "KEY" in ask(tmp_path, text, STRIPE_KEY="sk").names
    assert "KEY" in ask(tmp_path, text, environment={"STRIPE_KEY": "sk"}).names


def test_a_key_that_the_env_file_does_not_bring_after_all_is_given(tmp_path: Path) -> None:
    file = EnvironmentFile(".env", tracked=False, example=False, names=(("SECRET_KEY", 1),), secrets=())
    repository = Repository(manage=("manage.py",), environment_files=(file,))
    reads = {"SECRET_KEY": ("SECRET_KEY", FromEnvironment("SECRET_KEY"))}
    text = BASE + "SECRET_KEY = os.environ['SECRET_KEY']\n"
    found = ask(tmp_path, text, reads=reads, repository=repository)
    assert (found.kept, found.demanded) == (frozenset({"SECRET_KEY"}), frozenset({"SECRET_KEY"}))


def test_an_empty_key_is_as_good_as_none(tmp_path: Path) -> None:
    file = EnvironmentFile(".env", tracked=False, example=False, names=(("SECRET_KEY", 1),), secrets=())
    repository = Repository(manage=("manage.py",), environment_files=(file,))
    reads = {"SECRET_KEY": ("SECRET_KEY", FromEnvironment("SECRET_KEY", ""))}
    text = BASE + "SECRET_KEY = os.environ.get('SECRET_KEY', '')\n"
    found = ask(tmp_path, text, reads=reads, repository=repository)
    assert (found.facts["HAS_SECRET"], found.demanded) == (True, frozenset({"SECRET_KEY"}))


def test_debug_is_written_as_the_code_understands_it(tmp_path: Path) -> None:
    reads = {"DEBUG": ("DEBUG", FromEnvironment("DEBUG", "1"))}
    for text in ("bool(int(os.environ['DEBUG']))", "os.environ['DEBUG'] not in ('0', 'off')"):
        found = ask(tmp_path, BASE + f"DEBUG = {text}\n", reads=reads)
        assert (found.facts["DEBUG"], found.plain) == (False, frozenset({"DEBUG"}))
    assert not ask(tmp_path, BASE + "DEBUG = os.environ['DEBUG'] == 'True'\n", reads=reads).plain


def test_what_settings_raise_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(TenfoldError) as caught:
        ask(tmp_path, BASE + "raise ValueError('no such shop')\n")
    assert caught.value.what == "The settings raise ValueError at shop/settings.py:4."
    assert caught.value.why == "no such shop"


def test_a_missing_package_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(TenfoldError) as caught:
        ask(tmp_path, BASE + "import no_such_package\n")
    assert "no_such_package" in caught.value.what
    assert "requirements" in caught.value.next_step


def test_settings_that_a_deployment_makes_are_told_from_a_missing_package(tmp_path: Path) -> None:
    settings = Settings(module=Known("shop_conf"), others=(("shop/settings/development.py", "development"),))
    project = make_project(
        tmp_path, {"manage.py": ""}, settings=settings, repository=Repository(manage=("manage.py",))
    )
    with pytest.raises(TenfoldError) as caught:
        ask_project(project)
    assert "shop_conf, which is no module of the project" in caught.value.why
    assert "--settings MODULE (there are shop/settings/development.py)" in caught.value.next_step


@pytest.mark.skipif(sys.version_info < (3, 12), reason="distutils is a part of older ones")
def test_a_part_of_python_that_is_gone_is_no_missing_package(tmp_path: Path) -> None:
    with pytest.raises(TenfoldError) as caught:
        ask(tmp_path, BASE + "raise ModuleNotFoundError(\"No module named 'distutils.util'\")\n")
    assert "Python 3.12 dropped distutils" in caught.value.why
    assert "a Python before 3.12" in caught.value.next_step


def test_a_complaint_in_the_projects_own_words_is_passed_on(tmp_path: Path) -> None:
    reads = {"CONF": ("CONF", FromEnvironment("CONF", "shop.conf"))}
    text = BASE + "raise ValueError('shop/conf.py is not there: write it, or set CONF')\n"
    with pytest.raises(TenfoldError) as caught:
        ask(tmp_path, text, reads=reads)
    assert "write it, or set CONF" in caught.value.why


def test_an_old_django_is_refused_before_anything_is_asked_for(tmp_path: Path) -> None:
    old = tmp_path / "old" / "django"
    old.mkdir(parents=True)
    (old / "__init__.py").write_text("def get_version():\n    return '2.0.13'\n")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={old.parent} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with pytest.raises(TenfoldError) as caught:
        ask(tmp_path, BASE + "import os\nos.environ['ADMIN_URL']\n", python=python)
    assert "runs on Django 2.0.13" in caught.value.what


def test_an_interpreter_that_gives_no_answer_is_named(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\necho 'cannot run here' >&2\nexit 3\n")
    silent.chmod(0o755)
    project = make_project(
        tmp_path, settings=Settings(module=Known("shop.settings"), path="shop/settings.py")
    )
    with pytest.raises(TenfoldError, match="cannot run here"):
        inspect(project, UpConfig(), python=silent, folder=str(tmp_path), environment={})


@pytest.mark.parametrize(
    "message",
    [
        "Set the SHOP_KEY environment variable",
        "SHOP_KEY not found. Declare it as envvar or define a default value.",
        'Environment variable "SHOP_KEY" not set',
        "1 validation error for Settings\nshop_key\n  Field required",
    ],
)
def test_every_librarys_complaint_names_the_variable(message: str) -> None:
    variables = (Variable("SHOP_KEY", ("shop/settings.py:4",)), Variable("OTHER", ()))
    assert find_variable(Failure("ImproperlyConfigured", message), variables, {"OTHER": "x"}) == "SHOP_KEY"


@pytest.mark.parametrize(
    "message",
    [
        "SHOP_KEY not found. Declare it as envvar or define a default value.",
        "Set the SHOP_KEY environment variable",
        'Environment variable "SHOP_KEY" not set',
    ],
)
def test_a_variable_that_no_reader_saw_is_known_from_the_complaint(message: str) -> None:
    failure = Failure("ValueError", message)
    assert find_variable(failure, (), {}) == "SHOP_KEY"
    assert find_variable(failure, (), {"SHOP_KEY": "x"}) == ""


def test_a_variable_that_is_set_is_not_the_one_that_is_missing() -> None:
    failure = Failure("ValueError", "SHOP_KEY must be longer")
    assert find_variable(failure, (Variable("SHOP_KEY", ()),), {"SHOP_KEY": "x"}) == ""
