"""Uploaded files live in object storage.

A file on one server's disk is missing on every other one: with a second replica half of the visitors get
404 for it, and a new container starts without all of them.
Holds when the default storage is a shared one (S3, GCS, Azure, ...), at least where the environment of a
deployment chooses it. A project without file fields and without MEDIA_ROOT has nothing to store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import AddImport, AppendLines, SetKey, SetSetting
from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
    Safety,
)
from tenfold.project.model import Location
from tenfold.project.settings import MISSING, Undetermined
from tenfold.project.source import Invoke

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.models import ModelField
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Uploaded files live in object storage",
    broken="Uploaded files live on one server's disk",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("BP53", "BP56", "FB2"),
    needs=("settings",),
    links=(
        "https://docs.djangoproject.com/en/stable/ref/settings/#std-setting-STORAGES",
        "https://django-storages.readthedocs.io/",
    ),
    fix=Safety.UNSAFE,
)

_LOCAL = "FileSystemStorage"
_FIELDS = ("FileField", "ImageField")


def check(project: Project) -> Iterator[Judgement]:
    fields = [
        field
        for model in project.models.all
        for field in model.fields
        if field.kind.endswith(_FIELDS) and not _has_own_storage(project, field)
    ]
    elsewhere = any(f.kind.endswith(_FIELDS) for model in project.models.all for f in model.fields)
    if not fields and (elsewhere or "MEDIA_ROOT" not in project.settings):
        yield NotApplicable(
            "each file field has a storage of its own"
            if elsewhere
            else "no model has a file field and MEDIA_ROOT is not set"
        )
        return
    storages = _storages(project)
    undetermined = [p for p in storages if isinstance(p.value, Undetermined)]
    if undetermined or (not storages and not project.settings.complete):
        yield CannotTell("the default storage could not be told from the settings")
        return
    if any(_is_shared(storage) for storage in storages):
        return
    made = None if fields else _made_by_hand(project)
    if made is not None:
        yield _past_the_storage(made)
        return
    where = next((s.where for s in storages), project.settings.where("MEDIA_ROOT"))
    uploads = f"Uploads ({_named(fields)})" if fields else "Uploads"
    yield practice.finding(
        where,
        f"{uploads} go to the disk of the server that received them: a second replica answers 404 for them, and"
        " a new container starts without them.",
        remedy='STORAGES["default"] = {"BACKEND": "storages.backends.s3.S3Storage",'
        ' "OPTIONS": {"bucket_name": os.environ["MEDIA_BUCKET"]}}  # pip install django-storages[s3]',
        symbol="STORAGES.default",
        # A volume that all replicas share, or files written past the storage, cannot be seen from here.
        confidence=Confidence.PREVIEW,
        proof=f"{len(fields)} file fields; default storage: "
        + (str(storages[0].value) if storages else "FileSystemStorage (Django's default)"),
        related=tuple(field.where for field in fields[:3]),
    )


_QUIET = frozenset({"test", "migration", "command"})


def _made_by_hand(project: Project) -> Location | None:
    """Where code makes a FileSystemStorage of its own, which no setting reaches."""
    calls = project.source.calls_to("django.core.files.storage.FileSystemStorage")
    places = (Location(module.path, call.line) for module, call in calls)
    outside = (p for p in places if p.path not in project.settings.files)
    return next((p for p in outside if not project.contexts.of(p.path) & _QUIET), None)


def _past_the_storage(made: Location) -> Finding:
    return practice.finding(
        made,
        "FileSystemStorage() writes uploads to the disk of the server that received them, whatever STORAGES says:"
        " a second replica answers 404 for them, and a new container starts without them.",
        remedy="from django.core.files.storage import default_storage, in the place of FileSystemStorage(), and"
        ' STORAGES["default"] of an object storage in the settings',
        symbol="FileSystemStorage",
        confidence=Confidence.PREVIEW,
        fixable=False,
    )


def _named(fields: list[ModelField]) -> str:
    names = list(dict.fromkeys(field.name for field in fields))
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _has_own_storage(project: Project, field: ModelField) -> bool:
    """Whether the field says `storage=`, be it a callable that no literal shows."""
    module = project.source.by_path.get(field.where.path)
    if field.option("storage") is not None or module is None:
        return field.option("storage") is not None
    around = (a for a in module.assignments if a.line <= field.where.line <= a.end_line)
    return any(isinstance(a.value, Invoke) and a.value.keyword("storage") is not None for a in around)


def _storages(project: Project) -> list[Possible]:
    settings = project.settings
    found = [
        *settings.possible("STORAGES", "default", "BACKEND"),
        *settings.possible("DEFAULT_FILE_STORAGE"),
    ]
    return [p for p in found if p.value is not MISSING or p.variable]


def _is_shared(storage: Possible) -> bool:
    # A required variable, or a class of the project's own, may be any storage.
    return not (isinstance(storage.value, str) and storage.value.endswith(_LOCAL))


_S3 = """{
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": os.environ["MEDIA_BUCKET"]},
    }"""
_STORAGES = f"""{{
    "default": {_S3},
    "staticfiles": {{"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
}}"""


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The bucket that MEDIA_BUCKET names; unsafe because it must exist and hold what was uploaded so far."""
    path = finding.where.path
    yield AddImport(path, "import os")
    if project.settings.possible("STORAGES"):
        yield SetKey(path, ("STORAGES", "default"), _S3.replace("\n    ", "\n"))
    elif project.settings.possible("DEFAULT_FILE_STORAGE"):
        yield SetSetting(path, "DEFAULT_FILE_STORAGE", '"storages.backends.s3.S3Storage"')
        yield SetSetting(path, "AWS_STORAGE_BUCKET_NAME", 'os.environ["MEDIA_BUCKET"]')
    else:
        yield SetSetting(path, "STORAGES", _STORAGES, after="MEDIA_ROOT")
    requirements = [file for file in project.dependencies.files if file.endswith("requirements.txt")]
    if requirements and "django-storages" not in project.dependencies:
        yield AppendLines(requirements[0], ("django-storages[s3]==1.14.6",))


_MODEL = """
    from django.db import models

    class Product(models.Model):
        photo = models.ImageField(upload_to="products")
"""
EXAMPLES = (
    Breaks(
        {
            "shop/models.py": _MODEL,
            "config/settings.py": 'INSTALLED_APPS = ["shop"]\nMEDIA_ROOT = "/srv/media"\n',
        },
        at="config/settings.py:2",
        fixed={
            "config/settings.py": (
                f'import os\n\nINSTALLED_APPS = ["shop"]\nMEDIA_ROOT = "/srv/media"\nSTORAGES = {_STORAGES}\n'
            ),
            "requirements.txt": "Django==5.2.4\ndjango-storages[s3]==1.14.6\n",
        },
    ),
    Holds(
        {
            "shop/models.py": _MODEL,
            "config/settings.py": """
                INSTALLED_APPS = ["shop"]
                STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}
            """,
        }
    ),
    LooksAlike(
        {
            "shop/models.py": _MODEL,
            "config/settings.py": """
                import os

                INSTALLED_APPS = ["shop"]
                MEDIA_ROOT = "/srv/media"
                if os.environ.get("MEDIA_BUCKET"):
                    STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}
            """,
        },
        because="the environment of a deployment chooses the bucket",
    ),
    LooksAlike({"config/settings.py": 'INSTALLED_APPS = ["shop"]\n'}, because="nothing is uploaded"),
    LooksAlike(
        {
            "shop/models.py": """
                from django.core.files.storage import storages
                from django.db import models

                def choose():
                    return storages["uploads"]

                class Product(models.Model):
                    photo = models.ImageField(upload_to="products", storage=choose)
            """,
            "config/settings.py": 'INSTALLED_APPS = ["shop"]\nMEDIA_ROOT = "/srv/media"\n',
        },
        because="the field chooses its own storage",
    ),
    Breaks(
        {
            "shop/views.py": """
                from django.core.files.storage import FileSystemStorage

                def upload(request):
                    file = request.FILES["image"]
                    FileSystemStorage().save(file.name, file)
            """,
            "config/settings.py": 'INSTALLED_APPS = ["shop"]\nMEDIA_ROOT = "/srv/media"\n',
        },
        at="shop/views.py:5",
    ),
)
