from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.practice import Confidence, Finding
from tenfold.practices.http.pagination import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path


def findings(root: Path, files: dict[str, str]) -> list[Finding]:
    write_project(root, files)
    return [judgement for judgement in check(read_project(root)) if isinstance(judgement, Finding)]


def test_a_view_of_a_whole_table_counts_and_names_its_model(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path,
        {
            "shop/views.py": (
                "from django.views.generic import ListView\n"
                "from shop.models import Product\n"
                "class ProductList(ListView):\n"
                "    queryset = Product.objects.select_related().all()\n"
            )
        },
    )
    assert found.confidence is Confidence.MEDIUM
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
