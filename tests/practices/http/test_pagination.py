from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.practice import Confidence, Finding
from tenfold.practices.http.pagination import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

PRODUCT = """from django.db import models
class Product(models.Model):
    added = models.DateField(auto_now_add=True)
"""


def findings(root: Path, files: dict[str, str]) -> list[Finding]:
    write_project(root, files)
    return [judgement for judgement in check(read_project(root)) if isinstance(judgement, Finding)]


def test_a_view_of_a_whole_table_names_its_model_and_is_a_preview(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        {
            "shop/models.py": PRODUCT,
            "shop/views.py": (
                "from django.views.generic import ListView\n"
                "from shop.models import Product\n"
                "class ProductList(ListView):\n"
                "    queryset = Product.objects.select_related().all()\n"
            ),
        },
    )
    assert found.confidence is Confidence.PREVIEW
    assert "all of Product" in found.message


@pytest.mark.parametrize(
    "body",
    [
        "    model = Product\n    def get_queryset(self): return self.request.user.products.all()\n",
        "    queryset = Product.objects.filter(new=True)\n",
    ],
)
def test_a_view_that_chooses_its_rows_is_a_preview(tmp_path: Path, body: str) -> None:
    text = f"from django.views.generic import ListView\nfrom shop.models import Product\nclass Own(ListView):\n{body}"
    (found,) = findings(tmp_path, {"shop/views.py": text})
    assert found.confidence is Confidence.PREVIEW


def test_a_view_below_a_parent_in_the_address_is_a_preview(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        {
            "shop/views.py": (
                "from django.views.generic import ListView\n"
                "from shop.models import Hook\n"
                "class HookList(ListView):\n"
                "    model = Hook\n"
            ),
            "config/urls.py": (
                "from django.urls import path\n"
                "from shop.views import HookList\n"
                'urlpatterns = [path("shops/<int:pk>/hooks/", HookList.as_view(), name="hooks")]\n'
            ),
        },
    )
    assert found.confidence is Confidence.PREVIEW


def test_views_that_choose_their_rows_are_told_together(tmp_path: Path) -> None:
    views = "".join(
        f"class List{n}(ListView):\n    def get_queryset(self): return self.request.user.products.all()\n"
        for n in range(7)
    )
    (found,) = findings(tmp_path, {"shop/views.py": f"from django.views.generic import ListView\n{views}"})
    assert "7 list views" in found.message
    assert "and 2 more" in found.message
    assert len(found.related) == 6


def test_a_list_of_users_counts_and_one_of_what_somebody_keeps_does_not(tmp_path: Path) -> None:
    models = (
        "from django.conf import settings\n"
        "from django.contrib.auth.models import AbstractUser\n"
        "from django.db import models\n"
        "class Member(AbstractUser):\n    pass\n"
        "class Note(models.Model):\n    of = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)\n"
        "class Unit(models.Model):\n    name = models.CharField(max_length=9)\n"
    )
    views = (
        "from django.views.generic import ListView\nfrom shop.models import Member, Note, Unit\n"
        + "".join(f"class {name}List(ListView):\n    model = {name}\n" for name in ("Member", "Note", "Unit"))
    )
    found = findings(tmp_path, {"shop/models.py": models, "shop/views.py": views})
    assert [f.symbol for f in found] == ["shop.views.MemberList", "shop.views.NoteList"]


def test_rows_of_a_kept_table_are_no_preview_either(tmp_path: Path) -> None:
    models = "from django.db import models\nclass Link(models.Model):\n    url = models.URLField()\n"
    view = (
        "from django.views.generic import ListView\nfrom shop.models import Link\n"
        "class Links(ListView):\n    def get_queryset(self): return Link.objects.filter(on=True)\n"
    )
    assert findings(tmp_path, {"shop/models.py": models, "shop/views.py": view}) == []
