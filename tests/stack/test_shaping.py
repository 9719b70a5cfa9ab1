from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.config import UpConfig
from tenfold.errors import TenfoldError
from tenfold.project.migrations import Migration, Migrations
from tenfold.project.model import Known, Location
from tenfold.project.repository import Command, Repository
from tenfold.project.settings import Settings
from tenfold.project.source import Source
from tenfold.stack.inspected import Inspected
from tenfold.stack.shaping import shape_project
from tests.builders import make_module, make_project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tenfold.project.model import Project
    from tenfold.stack.shape import Shape

SETTINGS = Settings(module=Known("shop.settings", Location("manage.py")), path="shop/settings.py")
HERE = Location("Dockerfile", 3)


def project_of(root: Path, files: Mapping[str, str] | None = None, **facts: Any) -> Project:
    return make_project(root, {"manage.py": "", **(files or {})}, **({"settings": SETTINGS} | facts))


def shape(project: Project, facts: dict[str, Any] | None = None, **given: Any) -> Shape:
    values = {"executable": "/venv/bin/python", "python": (3, 13), "django": "5.2.1", **given}
    names = frozenset(facts or ())
    inspected = Inspected(**({"facts": facts or {}, "names": names} | values))
    return shape_project(project, inspected, UpConfig())


def command(*words: str, role: str = "", **values: Any) -> Command:
    return Command(words, " ".join(words), HERE, "web", "dockerfile", role=role, **values)


def test_the_application_is_the_one_that_the_settings_name(tmp_path: Path) -> None:
    made = shape(project_of(tmp_path), {"WSGI_APPLICATION": "shop.wsgi.application"})
    assert (made.wsgi, made.asgi, made.interface) == ("shop.wsgi:application", "", "wsgi")
    assert (made.folder, made.paths) == (str(tmp_path), (str(tmp_path),))


def test_an_application_that_no_setting_names_is_found_by_its_file(tmp_path: Path) -> None:
    source = Source((make_module("other/asgi.py"), make_module("shop/asgi.py")))
    made = shape(project_of(tmp_path, source=source))
    assert (made.wsgi, made.asgi, made.interface) == ("", "shop.asgi:application", "asgi")


def test_consumers_make_a_project_one_for_asgi(tmp_path: Path) -> None:
    facts = {"WSGI_APPLICATION": "shop.wsgi.application", "ASGI_APPLICATION": "shop.asgi.application"}
    assert shape(project_of(tmp_path), facts).interface == "wsgi"
    assert shape(project_of(tmp_path), {**facts, "INSTALLED_APPS": ["daphne"]}).interface == "asgi"


def test_aliases_tell_whether_they_are_read_from_only(tmp_path: Path) -> None:
    engine = "django.db.backends.postgresql"
    entries = {
        "default": {"ENGINE": engine, "NAME": "a"},
        "reporting": {"ENGINE": engine, "NAME": "a", "TEST": {"MIRROR": "default"}},
        "replica": {"ENGINE": engine},
        "nothing": {"ENGINE": "django.db.backends.dummy"},
    }
    found = shape(project_of(tmp_path), {"DATABASES": entries}).databases
    assert [(one.alias, one.replica) for one in found] == [
        ("default", False),
        ("reporting", True),
        ("replica", True),
    ]


def test_a_static_root_with_a_manifest_in_the_repository_is_built(tmp_path: Path) -> None:
    files = {"static/staticfiles.json": "{}", "static/app.css": ""}
    made = shape(project_of(tmp_path, files), {"STATIC_ROOT": f"{tmp_path}/static"})
    assert made.static_built
    sources = shape(
        project_of(tmp_path / "b", {"static/app.css": ""}), {"STATIC_ROOT": f"{tmp_path}/b/static"}
    )
    assert (sources.static_built, sources.static_source) == (False, f"{tmp_path}/b/static")


def test_a_static_root_that_only_collectstatic_fills_is_neither(tmp_path: Path) -> None:
    made = shape(project_of(tmp_path), {"STATIC_ROOT": f"{tmp_path}/collected"})
    assert (made.static_built, made.static_source) == (False, "")


@pytest.mark.parametrize(
    ("url", "made"),
    [("/media/", "/media/"), ("https://cdn.example.com/", ""), ("//cdn.example.com/", ""), ("/", "")],
)
def test_only_a_path_of_this_site_is_served_as_media(tmp_path: Path, url: str, made: str) -> None:
    assert shape(project_of(tmp_path), {"MEDIA_URL": url}).media_url == made


def test_files_that_leave_another_host_are_served_as_media(tmp_path: Path) -> None:
    facts = {"STORAGES": {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}}
    assert shape(project_of(tmp_path), facts).media_url == "/media/"


def test_files_in_s3_are_seen_in_either_form_of_the_setting(tmp_path: Path) -> None:
    modern = {"STORAGES": {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}}
    assert shape(project_of(tmp_path), modern).object_storage
    assert shape(project_of(tmp_path), {"DEFAULT_FILE_STORAGE": "x.s3boto3.S3Boto3Storage"}).object_storage
    static = {"STORAGES": {"staticfiles": {"BACKEND": "storages.backends.s3.S3StaticStorage"}}}
    assert not shape(project_of(tmp_path), static).object_storage


def test_the_deployments_compress_runs_and_its_compilemessages_does_not(tmp_path: Path) -> None:
    commands = (
        command("python", "manage.py", "compress", "--force", "$MORE"),
        command("python", "manage.py", "compilemessages"),
        command("python", "manage.py", "compress", never=True),
    )
    made = shape(project_of(tmp_path, repository=Repository(commands=commands, manage=("manage.py",))))
    assert made.commands == (("compress", "--force"),)


def test_offline_compression_runs_though_no_deployment_says_so(tmp_path: Path) -> None:
    facts = {"INSTALLED_APPS": ["compressor"], "COMPRESS_OFFLINE": True}
    assert shape(project_of(tmp_path), facts).commands == (("compress",),)


def test_a_new_migration_or_package_changes_the_fingerprint(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    first = shape(project)
    migration = Migration("shop", "0001_initial", "m.py", (), (), initial=True, squashes=0, atomic=True)
    assert shape(replace(project, migrations=Migrations((migration,)))).fingerprint != first.fingerprint
    newer = shape(project, installed={"django": "5.2.2"})
    assert newer.fingerprint != first.fingerprint
    assert shape(project, static_stamp="other").static_fingerprint != first.static_fingerprint
    assert shape(project, static_stamp="other").fingerprint == first.fingerprint


def test_a_django_too_old_to_serve_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(TenfoldError, match=r"Django 1\.10.*\n.*\n.*tenfold audit"):
        shape(project_of(tmp_path), django="1.10")
