from __future__ import annotations

import pytest

from tenfold.project.readers.module_names import name_modules


@pytest.mark.parametrize(
    ("paths", "imported", "names"),
    [
        (["src/shop/__init__.py", "src/shop/models.py"], {}, ["shop", "shop.models"]),
        (["manage.py", "shop/models.py"], {}, ["manage", "shop.models"]),
        (["apps/api/shop/models.py"], {"shop.models": 1}, ["shop.models"]),
        (["a/config/settings.py"], {"config.settings": 2}, ["config.settings"]),
        (["hc/api/models.py", "hc/__init__.py"], {"hc.api.models": 9, "api": 1}, ["hc.api.models", "hc"]),
        ([".github/check.py"], {}, ["github.check"]),
    ],
)
def test_the_source_root_follows_from_imports_packages_and_manage(
    paths: list[str], imported: dict[str, int], names: list[str]
) -> None:
    assert list(name_modules(paths, imported).values()) == names


def test_a_folder_put_on_the_import_path_is_a_root_of_its_own() -> None:
    paths = ["manage.py", "config/settings.py", "apps/shop/models.py", "apps/shop/__init__.py"]
    names = name_modules(paths, {"config.settings": 50, "shop.models": 5})
    assert names["apps/shop/models.py"] == "shop.models"
    assert names["config/settings.py"] == "config.settings"


def test_a_lone_name_that_fits_many_places_decides_nothing() -> None:
    paths = ["shop/__init__.py", "shop/utils.py", "blog/__init__.py", "blog/utils.py"]
    assert name_modules(paths, {"utils": 30})["shop/utils.py"] == "shop.utils"


def test_a_library_of_the_name_of_a_packages_module_makes_no_root_of_the_package() -> None:
    paths = ["manage.py", "config/__init__.py", "config/celery.py", "shop/__init__.py", "shop/tasks.py"]
    names = name_modules(paths, {"celery": 9})
    assert names["config/celery.py"] == "config.celery"
