from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.project.model import Known, Location
from tenfold.project.repository import Command, Dockerfile, Repository
from tests.project.readers.settings_reading import WSGI, read, value

if TYPE_CHECKING:
    from pathlib import Path


def test_production_stands_inside_a_package_that_is_empty_itself(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "shop/wsgi.py": WSGI.format("shop.settings"),
            "shop/settings/__init__.py": "# chosen by the environment\n",
            "shop/settings/production/__init__.py": "SECRET_KEY = 'x'\n",
        },
    )
    where = Location("shop/settings/production/__init__.py")
    assert (settings.path, settings.module) == (where.path, Known("shop.settings.production", where))


def test_a_package_that_imports_its_settings_is_itself_the_module(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "shop/wsgi.py": WSGI.format("shop.settings"),
            "shop/settings/__init__.py": "from .base import *\n",
            "shop/settings/base.py": "SECRET_KEY = 'x'\n",
            "shop/settings/production.py": "SECRET_KEY = 'y'\n",
        },
    )
    assert settings.path == "shop/settings/__init__.py"


def test_a_module_that_the_image_build_copies_with_cp_is_read_from_its_source(tmp_path: Path) -> None:
    docker = Dockerfile(
        "docker/Dockerfile",
        "unsure",
        (),
        (("RUN", "set -eux; cp docker/config.py settings/config.py; python manage.py check", 3),),
        {"DJANGO_SETTINGS_MODULE": "settings.config"},
        "",
        (),
        (),
    )
    settings = read(
        tmp_path,
        {
            "shop/wsgi.py": WSGI.format("settings.common"),
            "settings/common.py": "DEBUG = False\nAGE = 1\n",
            "docker/config.py": "from .common import *\nAGE = 2\n",
        },
        repository=Repository(dockerfiles=(docker,)),
    )
    assert (settings.path, value(settings, "AGE"), value(settings, "DEBUG")) == ("docker/config.py", 2, False)


def test_a_module_for_a_step_of_ci_is_not_productions(tmp_path: Path) -> None:
    words = ("python", "manage.py", "compress", "--settings=shop.settings_compress")
    step = Command(words, " ".join(words), Location(".github/workflows/ci.yml", 9), "ci", "ci")
    settings = read(
        tmp_path,
        {
            "shop/wsgi.py": WSGI.format("shop.settings"),
            "shop/settings_common.py": "SECRET_KEY = 'x'\nINSTALLED_APPS = []\n",
            "shop/settings_compress.py": "from .settings_common import *\n",
        },
        repository=Repository(commands=(step,)),
    )
    assert settings.path == "shop/settings_common.py"


def test_settings_without_the_module_that_production_names_are_incomplete(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "shop/wsgi.py": WSGI.format("shop.settings"),
            "shop/settings_common.py": "SECRET_KEY = 'x'\nINSTALLED_APPS = []\n",
        },
    )
    assert not settings.complete
    assert settings.doubt.startswith("shop.settings, which shop/wsgi.py:2 names, is not in the project")
    assert settings.gaps == ((Location("shop/wsgi.py", 2), "shop.settings is not in the project"),)


SEVERAL = {
    "shop/wsgi.py": WSGI.format("shop.settings.local"),
    "shop/settings/__init__.py": "",
    "shop/settings/base.py": "DEBUG = False\nDATABASES = {}\n",
    "shop/settings/local.py": "from .base import *\nDEBUG = True\n",
    "shop/settings/static.py": "from .base import *\nAGE = 1\n",
    "shop/settings/harbour.py": "from .base import *\nAGE = 2\n",
}


def build_step(module: str) -> Repository:
    words = ("python", "manage.py", "collectstatic", f"--settings={module}")
    step = Command(
        words,
        " ".join(words),
        Location("Dockerfile.harbour", 9),
        "Dockerfile.harbour",
        "dockerfile",
        "unsure",
    )
    image = Dockerfile("Dockerfile.harbour", "unsure", (), (), {}, "", (), ())
    return Repository(commands=(replace(step, phase="build"),), dockerfiles=(image,))


def test_a_step_of_the_build_names_no_production_and_the_image_names_its_module(tmp_path: Path) -> None:
    settings = read(tmp_path, SEVERAL, repository=build_step("shop.settings.static"))
    assert (settings.path, value(settings, "AGE"), settings.doubt) == ("shop/settings/harbour.py", 2, "")


def test_what_wsgi_names_goes_before_a_step_of_the_build(tmp_path: Path) -> None:
    files = {**SEVERAL, "shop/wsgi.py": WSGI.format("shop.settings.base")}
    settings = read(tmp_path, files, repository=build_step("shop.settings.harbour"))
    assert settings.path == "shop/settings/base.py"


def test_beside_a_development_module_the_base_is_read_with_doubt(tmp_path: Path) -> None:
    settings = read(tmp_path, {p: t for p, t in SEVERAL.items() if "static" not in p and "harbour" not in p})
    assert (settings.path, value(settings, "DEBUG")) == ("shop/settings/base.py", False)
    assert not settings.complete
    assert settings.doubt.startswith("only shop.settings.local is named, and no settings for production")


def test_a_base_of_classes_is_no_module_of_its_own(tmp_path: Path) -> None:
    files = {
        "shop/wsgi.py": WSGI.format("shop.settings.local"),
        "shop/settings/base.py": "class Base:\n    DATABASES = {}\n",
        "shop/settings/local.py": "from .base import Base\nSECRET_KEY = 'x'\n",
    }
    settings = read(tmp_path, files)
    assert settings.path == "shop/settings/local.py"
    assert "serves development" in settings.doubt
