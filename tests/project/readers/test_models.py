from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.model import Known
from tenfold.project.probed import Probed
from tenfold.project.readers.models import read_models
from tenfold.project.settings import Reference
from tests.project.readers.static_reading import NOT_RUN, make_settings, read_files_as_source

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.models import Model, ModelField, Models

MODELS = """
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from shop.bases import Stamped, PriceField

class Product(Stamped):
    name = models.CharField(_("name"), max_length=50, db_index=True, default=make)
    price = PriceField(null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    parent = models.ForeignKey("self", models.CASCADE)
    tags = models.ManyToManyField("Tag")
    note = None
    helper = make()

    class Meta(Stamped.Meta):
        verbose_name = _("product")
        indexes = [models.Index(fields=["name"])]

class Tag(models.Model):
    page = models.OneToOneField(to="blog.Page", on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)

    class Meta:
        app_label = "labels"
"""
BASES = """
from django.db import models

class PriceField(models.DecimalField): ...

class Stamped(models.Model):
    made = models.DateTimeField(auto_now_add=True)
    note = models.TextField()

    class Meta:
        abstract = True
        ordering = ["made"]
"""


def read(root: Path, files: dict[str, str] | None = None, **settings: object) -> Models:
    every = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/bases.py": BASES, **(files or {})}
    return read_models(read_files_as_source(root, every), make_settings(**settings), NOT_RUN)


def model(models: Models, label: str) -> Model:
    found = models.get(label)
    assert found is not None, [m.label for m in models.all]
    return found


def field(found: Model, name: str) -> ModelField:
    return next(f for f in found.fields if f.name == name)


def test_fields_come_from_the_class_and_its_bases(tmp_path: Path) -> None:
    product = model(read(tmp_path), "shop.Product")
    assert [f.name for f in product.fields] == ["made", "name", "price", "owner", "parent", "tags"]
    made = field(product, "made")
    assert (made.kind, made.where.path, made.where.line) == (
        "django.db.models.DateTimeField",
        "shop/bases.py",
        7,
    )
    assert field(product, "price").kind == "shop.bases.PriceField"
    assert not product.abstract
    assert "django.db.models.Model" in product.bases


def test_only_literal_options_are_kept(tmp_path: Path) -> None:
    name = field(model(read(tmp_path), "shop.Product"), "name")
    assert dict(name.options) == {"max_length": 50, "db_index": True}


def test_related_models_are_named_by_label(tmp_path: Path) -> None:
    models = read(tmp_path, AUTH_USER_MODEL="people.Person")
    product, tag = model(models, "shop.Product"), model(models, "labels.Tag")
    assert field(product, "owner").to == "people.Person"
    assert field(product, "parent").to == "self"
    assert field(product, "tags").to == "shop.Tag"
    assert field(tag, "page").to == "blog.Page"
    assert field(tag, "product").to == "shop.Product"


def test_the_default_user_is_djangos(tmp_path: Path) -> None:
    assert field(model(read(tmp_path), "shop.Product"), "owner").to == "auth.User"


def test_meta_is_inherited_without_abstract(tmp_path: Path) -> None:
    meta = dict(model(read(tmp_path), "shop.Product").meta)
    index = Reference("django.db.models.Index", (), (("fields", ["name"]),), called=True)
    assert meta == {"ordering": ["made"], "verbose_name": "product", "indexes": [index]}


def test_an_abstract_model_is_marked(tmp_path: Path) -> None:
    assert model(read(tmp_path), "shop.Stamped").abstract


def test_the_label_is_that_of_the_app_config(tmp_path: Path) -> None:
    config = (
        "from django.apps import AppConfig\n"
        "class ShopConfig(AppConfig):\n    name = 'shop'\n    label = 'store'\n"
    )
    models = read(tmp_path, {"shop/apps.py": config}, INSTALLED_APPS=["shop.apps.ShopConfig"])
    assert model(models, "store.Product").where.line == 7


def test_models_below_an_installed_app_belong_to_it(tmp_path: Path) -> None:
    deep = "from django.db import models\nclass Deep(models.Model): ...\n"
    files = {"shop/orders/__init__.py": "", "shop/orders/tables.py": deep}
    models = read(tmp_path, files, INSTALLED_APPS=["shop"])
    assert model(models, "shop.Deep")


def test_models_of_migrations_tests_and_functions_are_left_out(tmp_path: Path) -> None:
    text = "from django.db import models\nclass Frozen(models.Model): ...\n"
    inside = "from django.db import models\ndef make():\n    class Inner(models.Model): ...\n"
    files = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": text,
        "shop/tests/__init__.py": "",
        "shop/tests/models.py": text,
        "shop/factory.py": inside,
    }
    names = {m.label.rpartition(".")[2] for m in read(tmp_path, files).all}
    assert names == {"Stamped", "Product", "Tag"}


def test_the_probes_answer_is_exact(tmp_path: Path) -> None:
    options = {"null": True, "on_delete": {"$name": "django.db.models.deletion.CASCADE"}}
    record = {
        "label": "shop.Product",
        "dotted": "shop.models.Product",
        "path": "shop/models.py",
        "line": 7,
        "abstract": False,
        "fields": [
            {"name": "owner", "kind": "k", "path": "", "line": 0, "to": "auth.User", "options": options}
        ],
        "meta": {"unique_together": [{"$tuple": ["a", "b"]}]},
        "bases": [],
    }
    probed = Known(Probed("3", "6", "p", "s", {}, (), {}, {"models": [record]}), exact=True)
    models = read_models(read_files_as_source(tmp_path, {}), make_settings(), probed)
    product = model(models, "shop.product")
    assert models.exact
    assert product.fields[0].options == (("null", True),)
    assert product.meta == (("unique_together", [("a", "b")]),)


def test_reading_from_source_runs_nothing_of_the_project(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    hostile = f"open({str(mark)!r}, 'w').close()\n"
    models = read(tmp_path, {"shop/models.py": hostile + MODELS, "shop/apps.py": hostile})
    assert model(models, "shop.Product")
    assert not mark.exists()


def test_a_class_that_a_migration_creates_is_a_model_whatever_its_base(tmp_path: Path) -> None:
    files = {
        "shop/models.py": "from absent.models import Page, Form\n"
        "class Landing(Page): ...\nclass Search(Form): ...\n",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": "from django.db import migrations\n"
        "class Migration(migrations.Migration):\n"
        "    operations = [migrations.CreateModel('Landing', [])]\n",
    }
    labels = {m.label for m in read(tmp_path, files).all}
    assert labels == {"shop.Stamped", "shop.Landing"}
