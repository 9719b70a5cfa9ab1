from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Confidence, Finding
from tenfold.practices.http.named_urls import check, fix
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

VIEWS = "def ping(request): ...\n\n\ndef search(request): ...\n"
HEAD = "from django.urls import path\nfrom shop import views\n\nurlpatterns = [\n"


def findings(root: Path, files: dict[str, str]) -> list[Finding]:
    write_project(root, {"shop/views.py": VIEWS, **files})
    return [judgement for judgement in check(read_project(root)) if isinstance(judgement, Finding)]


def test_the_unnamed_routes_of_a_file_are_one_finding_with_a_free_name_each(tmp_path: Path) -> None:
    urls = f'{HEAD}    path("ping/<int:n>/", views.ping),\n    path("ping/<int:n>/fail", views.ping),\n]\n'
    (found,) = findings(tmp_path, {"config/urls.py": urls})
    assert "2 routes have no name" in found.message
    assert found.confidence is Confidence.PREVIEW
    project = read_project(tmp_path)
    assert [str(change.value) for change in fix(found, project)] == ['"ping"', '"ping-fail"']  # type: ignore[union-attr]


def test_a_route_that_a_template_spells_out_counts_with_high_confidence(tmp_path: Path) -> None:
    urls = f'{HEAD}    path("find/<slug:word>/", views.search),\n]\n'
    page = '<a href="{{ prefix }}/find/{{ word }}/">{{ word }}</a>\n'
    (found,) = findings(tmp_path, {"config/urls.py": urls, "shop/templates/page.html": page})
    assert found.confidence is Confidence.HIGH
    assert "shop/templates/page.html:1" in [str(where) for where in found.related]


def test_a_link_to_another_site_or_made_by_a_tag_is_no_spelled_out_path(tmp_path: Path) -> None:
    urls = f'{HEAD}    path("find/", views.search, name="search"),\n]\n'
    page = (
        '<a href="//shop.example/find/"></a><a href="/{% lang %}/find/"></a><a href="{% url "search" %}"></a>'
    )
    assert findings(tmp_path, {"config/urls.py": urls, "shop/templates/page.html": page}) == []


def test_a_list_for_debugging_and_what_machines_ask_for_need_no_name(tmp_path: Path) -> None:
    urls = (
        "from django.urls import path\nfrom shop import views\n"
        'debug_urls = [path("try/", views.search)]\n'
        'urlpatterns = [path("robots.txt", views.ping), path(".well-known/x/", views.ping)] + debug_urls\n'
    )
    assert findings(tmp_path, {"config/urls.py": urls}) == []


def test_the_remedy_keeps_what_the_link_has_behind_its_path(tmp_path: Path) -> None:
    urls = f'{HEAD}    path("find/", views.search, name="search"),\n]\n'
    page = '<a href="/find/#newest"></a>\n'
    (found,) = findings(tmp_path, {"config/urls.py": urls, "shop/templates/page.html": page})
    assert found.remedy == "{% url 'search' %}#newest"


def test_in_a_translated_block_the_remedy_makes_the_link_before_it(tmp_path: Path) -> None:
    urls = f'{HEAD}    path("find/", views.search, name="search"),\n]\n'
    page = '{% blocktranslate trimmed %}\n<a href="/find/#newest">Find</a>\n{% endblocktranslate %}\n'
    (found,) = findings(tmp_path, {"config/urls.py": urls, "shop/templates/page.html": page})
    assert found.remedy.startswith("{% url 'search' as link %} before the translated block")
    assert "{{ link }}#newest" in found.remedy


def test_a_page_of_the_projects_own_below_the_admin_needs_a_name(tmp_path: Path) -> None:
    urls = (
        "from django.contrib import admin\nfrom django.urls import path\nfrom shop import views\n"
        'urlpatterns = [path("admin/find/", views.search), path("admin/", admin.site.urls)]\n'
    )
    (found,) = findings(tmp_path, {"config/urls.py": urls})
    assert "admin/find/" in found.message


def test_a_view_that_acts_before_it_leads_elsewhere_needs_a_name(tmp_path: Path) -> None:
    views = (
        "from django.contrib.auth import logout\nfrom django.shortcuts import redirect\n"
        'def search(request):\n    logout(request)\n    return redirect("/")\n'
    )
    urls = f'{HEAD}    path("sign-out/", views.search),\n]\n'
    (found,) = findings(tmp_path, {"shop/views.py": views, "config/urls.py": urls})
    assert "sign-out/" in found.message
