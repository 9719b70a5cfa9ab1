from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Confidence, Finding
from tenfold.practices.observability.no_print import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

URLS = (
    "from django.urls import path\nfrom shop import views\n\n"
    'urlpatterns = [path("buy/", views.buy, name="buy")]\n'
)


def findings(root: Path, views: str) -> list[Finding]:
    write_project(root, {"shop/views.py": views, "config/urls.py": URLS})
    return [judgement for judgement in check(read_project(root)) if isinstance(judgement, Finding)]


def test_a_function_that_a_view_calls_is_told_with_its_context_and_file(tmp_path: Path) -> None:
    views = "def pay():\n    print('paid')\n    print('thanks')\n\ndef buy(request):\n    pay()\n"
    (found,) = findings(tmp_path, views)
    assert found.confidence is Confidence.PREVIEW
    assert "shop.views.pay runs in requests and prints (2 times)" in found.message
    assert "shop/views.py" in found.remedy


def test_a_function_that_nothing_known_reaches_is_not_reported(tmp_path: Path) -> None:
    assert findings(tmp_path, "def buy(request): ...\n\ndef show(queries):\n    print(queries)\n") == []
