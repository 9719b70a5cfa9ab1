from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tenfold.practice import Finding
from tenfold.practices.tasks.off_request import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

WAITS = (
    'requests.get("https://rates.example/")',
    'requests.get("https://rates.example/", timeout=None)',
    'requests.get("https://rates.example/", timeout=(3, None))',
    'requests.get("https://rates.example/", timeout=10.5)',
    'httpx.get("https://rates.example/", timeout=None)',
    'httpx.get("https://rates.example/", timeout=PATIENCE)',
)
ENDS_OR_UNKNOWN = (
    'requests.get("https://rates.example/", timeout=10)',
    'requests.get("https://rates.example/", timeout=(3, 5))',
    'requests.get("https://rates.example/", timeout=settings.PATIENCE)',
    'requests.get("https://rates.example/", timeout=patience())',
    'requests.get("https://rates.example/", **options)',
    'httpx.get("https://rates.example/")',
)


def _find(folder: Path, call: str) -> list[Finding]:
    """What a view is told whose answer is made of the call's."""
    views = f"""
        import httpx
        import requests
        from django.conf import settings
        from django.http import HttpResponse

        PATIENCE = 60


        def order(request, **options):
            return HttpResponse({call}.text)
    """
    urls = 'from django.urls import path\nfrom shop import views\nurlpatterns = [path("", views.order)]\n'
    files = {"config/settings.py": 'ROOT_URLCONF = "config.urls"\n', "config/urls.py": urls}
    write_project(folder, {**files, "shop/views.py": dedent(views)})
    return [one for one in check(read_project(folder)) if isinstance(one, Finding)]


@pytest.mark.parametrize("call", WAITS)
def test_a_wait_that_nothing_ends_is_reported(tmp_path: Path, call: str) -> None:
    (told,) = _find(tmp_path, call)
    assert "within 10 s" in told.message


@pytest.mark.parametrize("call", ENDS_OR_UNKNOWN)
def test_a_wait_that_ends_or_cannot_be_read_is_left_alone(tmp_path: Path, call: str) -> None:
    assert _find(tmp_path, call) == []
    (tmp_path / "shop/views.py").write_text((tmp_path / "shop/views.py").read_text().replace(call, WAITS[0]))
    assert len([*check(read_project(tmp_path))]) == 1  # the same view is judged
