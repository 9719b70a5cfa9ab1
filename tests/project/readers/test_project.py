from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import NoProjectError
from tenfold.project.model import Known, Unknown
from tenfold.project.readers.project import Reading, read_project
from tests.practices.example_project import BASE, write_project

if TYPE_CHECKING:
    from tenfold.project.model import Project


def read(root: Path, files: dict[str, str] | None = None, **options: object) -> Project:
    write_project(root, files or {})
    return read_project(root, Reading(**options))  # type: ignore[arg-type]


def test_a_small_project_gives_every_kind_of_fact(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "shop/models.py": (
                "from django.db import models\n\n"
                "class Product(models.Model):\n    name = models.TextField()\n"
            ),
            "shop/views.py": "def index(request): ...\n",
            "config/urls.py": (
                "from django.urls import path\nfrom shop import views\n\n"
                'urlpatterns = [path("", views.index, name="index")]\n'
            ),
            "shop/templates/shop/index.html": "{% load static %}",
            "gunicorn.conf.py": "bind = '0.0.0.0:8000'\nworkers = 3\n",
            "Procfile": "web: gunicorn config.wsgi\n",
        },
    )
    assert project.name == tmp_path.name
    assert project.settings.module == Known("config.settings", project.settings.module.where)  # type: ignore[union-attr]
    assert [model.label for model in project.models.all] == ["shop.Product"]
    assert [(route.name, route.view) for route in project.urls.routes] == [("index", "shop.views.index")]
    assert project.contexts.of("shop/views.py", "shop.views.index") == {"request"}
    assert [template.name for template in project.templates.all] == ["shop/index.html"]
    assert [app.kind for app in project.servers.serving()] == ["gunicorn"]
    assert project.dependencies.version("django") == Known("5.2.4", project.dependencies.declared[0].where)
    assert isinstance(project.lint, Known)
    assert project.problems == ()


def test_a_folder_without_django_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(NoProjectError, match=r"No Django project at .*") as refused:
        read_project(tmp_path)
    assert "manage.py" in refused.value.next_step


@pytest.mark.parametrize("name", ["nowhere", "file.txt"])
def test_a_path_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(NoProjectError):
        read_project(tmp_path / name)


def test_several_projects_are_refused_by_their_names(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_project(tmp_path / name, {})
    with pytest.raises(NoProjectError, match="holds 2 Django projects: one, two"):
        read_project(tmp_path)
    assert read_project(tmp_path / "one").name == "one"


def test_an_example_project_beside_the_real_one_is_no_second_project(tmp_path: Path) -> None:
    write_project(tmp_path / "backend", {})
    write_project(tmp_path / "examples" / "minimal", {})
    assert isinstance(read_project(tmp_path).settings.module, Known)


def test_reading_never_executes_the_project(tmp_path: Path) -> None:
    trap = "import pathlib\npathlib.Path(__file__).with_name('sprung').write_text('')\nraise SystemExit(9)\n"
    files = {path: trap for path in BASE if path.endswith(".py")}
    traps = {"setup.py": trap, "conftest.py": trap, "gunicorn.conf.py": trap, "config/settings.py": trap}
    project = read(tmp_path, {**files, **traps, "manage.py": BASE["manage.py"]})
    assert not list(tmp_path.rglob("sprung"))
    assert project.probed == Unknown("the project was not run (--no-probe)")


def test_reading_writes_nothing_into_the_project(tmp_path: Path) -> None:
    write_project(tmp_path / "shop", {})
    before = {path: path.stat().st_mtime_ns for path in sorted((tmp_path / "shop").rglob("*"))}
    read_project(tmp_path / "shop", Reading(cache=tmp_path / "cache"))
    assert {path: path.stat().st_mtime_ns for path in sorted((tmp_path / "shop").rglob("*"))} == before


def test_bad_files_are_problems_and_the_rest_is_read(tmp_path: Path) -> None:
    write_project(tmp_path, {})
    (tmp_path / "latin.py").write_bytes(b"# \xe9\r\nx = 1\r\n")
    (tmp_path / "generated.py").write_bytes(b"x = 1\n" * 900_000)
    (tmp_path / "nginx").mkdir()
    (tmp_path / "nginx" / "site.conf").write_text("server {\n  location / {\n")
    (tmp_path / "docker-compose.yml").write_text("services: [\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "broken.py").write_text("def f(:\n")
    project = read_project(tmp_path)
    assert {problem.where.path for problem in project.problems} == {
        "docker-compose.yml",
        "generated.py",
        "nginx/site.conf",
    }
    assert all(problem.next_step for problem in project.problems)
    assert [unparsed.where.path for unparsed in project.source.unparsed] == ["broken.py"]
    assert "latin.py" in project.source.by_path
    assert isinstance(project.settings.module, Known)


def test_settings_that_raise_leave_the_static_facts_and_the_reason(tmp_path: Path) -> None:
    pytest.importorskip("django")
    settings = BASE["config/settings.py"] + "raise RuntimeError('no licence')\n"
    files = {"config/settings.py": settings}
    project = read(tmp_path, files, probe=True, python=Path(sys.executable), seconds=30.0)
    assert isinstance(project.probed, Unknown)
    assert "no licence" in project.probed.why or "SECRET_KEY" in project.probed.why
    assert project.settings.possible("DEBUG")[0].value is False


def test_the_probe_makes_settings_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("django")
    monkeypatch.setitem(os.environ, "SECRET_KEY", "only-for-this-test-0123456789")
    project = read(
        tmp_path,
        {"config/settings.py": BASE["config/settings.py"].replace("postgresql", "sqlite3")},
        probe=True,
        python=Path(sys.executable),
        seconds=60.0,
    )
    assert isinstance(project.probed, Known), project.probed
    assert project.settings.possible("DEBUG")[0].exact
    assert project.models.exact


def test_supported_versions_are_judged_on_the_day_that_is_given(tmp_path: Path) -> None:
    assert read(tmp_path, today=date(2030, 1, 1)).today == date(2030, 1, 1)
