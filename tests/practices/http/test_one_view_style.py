from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Confidence
from tests.practices.example_project import find_in

if TYPE_CHECKING:
    from pathlib import Path

VIEWS = "from django.views import View\n\n" + "".join(
    f"def f{n}(request): ...\n\nclass C{n}(View): ...\n\n" for n in range(3)
)
ROUTES = "".join(
    f'    path("f{n}/", views.f{n}),\n    path("c{n}/", views.C{n}.as_view()),\n' for n in range(3)
)
HEAD = "from django.urls import include, path\nfrom shop import views\n\nurlpatterns = [\n"


def test_a_map_that_could_not_be_followed_whole_gives_a_preview(tmp_path: Path) -> None:
    files = {"shop/views.py": VIEWS, "config/urls.py": f"{HEAD}{ROUTES}]\n"}
    (found,) = find_in(tmp_path / "a", "http/one-view-style", files)
    assert found.confidence is Confidence.MEDIUM
    loose = f"{HEAD}{ROUTES}]\nfor app in views.apps():\n    urlpatterns += [path('', include(app))]\n"
    (found,) = find_in(tmp_path / "b", "http/one-view-style", {**files, "config/urls.py": loose})
    assert found.confidence is Confidence.PREVIEW
