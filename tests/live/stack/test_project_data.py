"""A project's own commands against a real PostgreSQL: migrate, and rows carried over from SQLite."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.environment import give_environment
from tenfold.stack.overlay.settings import overlay_files
from tenfold.stack.services.postgres.service import NEEDS
from tenfold.stack.services.postgres.service import plan as plan_postgres
from tenfold.stack.services.project.service import plan as plan_project
from tests.builders import write_files
from tests.live.stack.driving import run
from tests.stack.overlay.tiny_project import clean_environment, run_python, stand_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.stack.site import Site
    from tests.live.stack.driving import Driver

pytestmark = pytest.mark.live

SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "x"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
MEDIA_ROOT = BASE_DIR / "media"
DATABASES = {
    name: {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / f"{name}.sqlite3"}
    for name in ("default", "logs")
}
"""
MODELS = """
from django.db import models

class Tag(models.Model):
    name = models.CharField(max_length=20)

class Product(models.Model):
    name = models.CharField(max_length=50)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    facts = models.JSONField(default=dict)
    changed = models.DateTimeField(auto_now=True)
    like = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
    tags = models.ManyToManyField(Tag)

class Special(Product):
    until = models.DateField(null=True)
"""
FILL = """
import django; django.setup()
from datetime import datetime, timezone
from django.contrib.auth.models import User
from shop.models import Product, Special, Tag
User.objects.create_user("ada", password="pw")
tag = Tag.objects.create(name="new")
later = Special.objects.create(name="b\\0c", price="2.50", facts={"a": [1, None]})
first = Product.objects.create(id=900, name="a \\u00fc", price="1.25", like=later)
first.tags.add(tag)
Product.objects.update(changed=datetime(2020, 1, 2, tzinfo=timezone.utc))
Tag.objects.using("logs").create(name="apart")
"""
COUNT = """
import django; django.setup()
from django.contrib.auth.models import User
from shop.models import Product, Special, Tag
print(User.objects.get().check_password("pw"), Special.objects.get().name, Special.objects.get().facts)
a = Product.objects.get(id=900)
print(a.name, a.price, a.like.name, a.changed.year, [t.name for t in a.tags.all()])
print(Product.objects.create(name="c", price=1).id, Tag.objects.using("logs").get().name)
"""


def manage(root: Path, *words: str) -> None:
    environment = {**clean_environment(), "DJANGO_SETTINGS_MODULE": "shop.settings"}
    subprocess.run([sys.executable, *words], cwd=root, env=environment, check=True, capture_output=True)


@pytest.fixture
def site(tmp_path: Path, site_with: Callable[..., Site]) -> Site:
    """A project with two SQLite files that hold rows, on a site whose PostgreSQL is not started yet."""
    live = site_with(*NEEDS, wheel=True, config={"replicas": 0, "without": ("replica",)})
    root = Path(live.folder).parent
    files = {"shop/__init__.py": "", "shop/settings.py": SETTINGS, "shop/models.py": MODELS}
    write_files(root, {**files, "media/photo.jpg": "a photo", "shop/migrations/__init__.py": ""})
    manage(root, "-m", "django", "makemigrations", "shop")
    for alias in ("default", "logs"):
        manage(root, "-m", "django", "migrate", "--database", alias)
    manage(root, "-c", FILL)
    tiny = stand_up(root, {})
    made = replace(
        tiny,
        ports=live.ports,
        binaries=live.binaries,
        tool=live.tool,
        config=live.config,
        with_data=True,
        topology=live.topology,
    )
    made = replace(made, environment=give_environment(made, inherited={})[0])
    for file in overlay_files(made):
        write_files(root / ".tenfold", {file.path: file.text})
    return made


def carry_out(site: Site, driver: Driver, name: str) -> str:
    if "postgres" not in driver.running:
        driver.start(next(one for one in plan_postgres(site) if one.name == "postgres"))
    return run(site, next(one for one in plan_project(site) if one.name == name).command)


def test_rows_uploads_and_sequences_come_over_and_the_file_stays_as_it_was(
    site: Site, driving: Callable[[Site], Driver]
) -> None:
    driver = driving(site)
    file = Path(site.shape.root) / "default.sqlite3"
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    carry_out(site, driver, "migrate")
    said = carry_out(site, driver, "data")
    assert "shop_product: 2" in said
    assert run_python(site, COUNT).splitlines() == [
        "True bc {'a': [1, None]}",
        "a ü 1.25 bc 2020 ['new']",
        "901 apart",
    ]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert (Path(site.folder) / "media/photo.jpg").read_text() == "a photo"
    assert {path.name for path in Path(site.shape.root).iterdir()} >= {"default.sqlite3", "logs.sqlite3"}


def test_a_database_that_somebody_used_is_not_overwritten(
    site: Site, driving: Callable[[Site], Driver]
) -> None:
    driver = driving(site)
    carry_out(site, driver, "migrate")
    run_python(
        site, "import django; django.setup(); from shop.models import Tag; Tag.objects.create(name='mine')"
    )
    with pytest.raises(AssertionError, match="not empty: shop_tag holds 1 rows"):
        carry_out(site, driver, "data")
    kept = run_python(
        site, "import django; django.setup(); from shop.models import Tag; print(Tag.objects.get().name)"
    )
    assert kept == "mine"


def test_a_file_that_lacks_migrations_gets_them_in_its_copy(
    site: Site, driving: Callable[[Site], Driver]
) -> None:
    driver, root = driving(site), Path(site.shape.root)
    field = 'models.CharField(max_length=9, default="red")'
    newer = MODELS.replace("max_length=20)", f"max_length=20)\n    colour = {field}")
    write_files(root, {"shop/models.py": newer})
    manage(root, "-m", "django", "makemigrations", "shop")
    carry_out(site, driver, "migrate")
    assert "lacks migrations" in carry_out(site, driver, "data")
    code = "import django; django.setup(); from shop.models import Tag; print(Tag.objects.get().colour)"
    assert run_python(site, code) == "red"


def test_migrating_twice_at_once_or_again_does_no_harm(site: Site, driving: Callable[[Site], Driver]) -> None:
    driver = driving(site)
    carry_out(site, driver, "migrate")
    assert "No migrations to apply." in carry_out(site, driver, "migrate")
