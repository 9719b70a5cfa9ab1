from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.model import Known
from tenfold.project.probed import Probed
from tenfold.project.readers.migrations import read_migrations
from tenfold.project.source import Name
from tests.project.readers.static_reading import NOT_RUN, make_settings, read_files_as_source

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.migrations import Migrations

FIRST = """
from django.conf import settings
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("blog", "0002_b")]
    operations = [
        migrations.CreateModel(name="Product", fields=[]),
    ]
"""
SECOND = """
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from shop.operations import Own

def fill(apps, schema_editor): ...

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0001_initial")]
    replaces = [("shop", "0001_a"), ("shop", "0001_b")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently("product", models.Index(fields=["name"])),
        migrations.AddField(
            model_name="product",
            name="x",
            field=models.IntegerField(),
        ),
        Own(1),
    ] + EXTRA

EXTRA = []
"""
FILES = {
    "shop/__init__.py": "",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": FIRST,
    "shop/migrations/0002_more.py": SECOND,
    "shop/migrations/helpers.py": "class Migration: ...\n",
}


def read(root: Path, files: dict[str, str] | None = None, **settings: object) -> Migrations:
    return read_migrations(read_files_as_source(root, files or FILES), make_settings(**settings), NOT_RUN)


def test_graph_and_attributes_are_read(tmp_path: Path) -> None:
    first, second = read(tmp_path).all
    assert (first.app, first.name, first.initial, first.atomic) == ("shop", "0001_initial", True, True)
    assert first.dependencies == (("auth", "__first__"), ("blog", "0002_b"))
    assert (second.initial, second.atomic, second.squashes) == (False, False, 2)
    assert second.path == "shop/migrations/0002_more.py"


def test_operations_keep_order_lines_and_named_arguments(tmp_path: Path) -> None:
    operations = read(tmp_path).all[1].operations
    assert [(o.name, o.where.line) for o in operations] == [
        ("RunPython", 13),
        ("AddIndexConcurrently", 14),
        ("AddField", 15),
        ("Own", 20),
    ]
    assert dict(operations[0].arguments)["code"] == Name("fill")
    assert dict(operations[1].arguments)["model_name"] == "product"
    assert operations[3].arguments == (("0", 1),)


def test_the_user_model_of_the_settings_is_depended_on(tmp_path: Path) -> None:
    first = read(tmp_path, AUTH_USER_MODEL="people.Person").all[0]
    assert first.dependencies[0] == ("people", "__first__")


def test_moved_migrations_belong_to_their_app(tmp_path: Path) -> None:
    files = {"schema/__init__.py": "", "schema/shop/__init__.py": "", "schema/shop/0001_initial.py": FIRST}
    (only,) = read(tmp_path, files, MIGRATION_MODULES={"store": "schema.shop"}).all
    assert only.app == "store"


def test_without_initial_the_first_of_an_app_is_initial(tmp_path: Path) -> None:
    files = {**FILES, "shop/migrations/0001_initial.py": FIRST.replace("    initial = True\n", "")}
    assert [m.initial for m in read(tmp_path, files).all] == [True, False]


def test_the_probe_gives_the_graph_and_the_source_the_arguments(tmp_path: Path) -> None:
    record = {
        "app": "store",
        "name": "0002_more",
        "path": "shop/migrations/0002_more.py",
        "dependencies": [["store", "0001_initial"]],
        "replaces": [],
        "initial": False,
        "atomic": False,
        "operations": ["RunPython", "AddIndexConcurrently", "AddField", "Own"],
    }
    probed = Known(Probed("3", "6", "p", "s", {}, (), {}, {"migrations": [record]}), exact=True)
    migrations = read_migrations(read_files_as_source(tmp_path, FILES), make_settings(), probed)
    (only,) = migrations.all
    assert migrations.exact
    assert (only.app, only.squashes) == ("store", 0)
    assert only.operations[2].where.line == 15
