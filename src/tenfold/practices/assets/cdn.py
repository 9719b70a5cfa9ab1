"""Static files are served under hashed names, so that a CDN and browsers may keep them for ever.

Without a hash in the name a file can change under the same address: caches must be short, every visit asks
again, and a release shows new pages with old styles.
Holds when the storage of static files adds a hash (ManifestStaticFilesStorage, whitenoise's or
django-storages' manifest storage), or WHITENOISE_IMMUTABLE_FILE_TEST tells whitenoise which files of a
bundler have one. Bundles of django-compressor, django-pipeline, webpack or Vite may carry a hash of their own:
then it cannot be told. Whether a CDN stands in front is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import SetKey, SetSetting
from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, NotApplicable, Practice, Safety
from tenfold.project.settings import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Location, Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Static files have hashed names",
    broken="Static files keep their names from release to release",
    impact=Impact.MEDIUM,
    sources=("BP22", "DS9", "OM11"),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/contrib/staticfiles/#manifeststaticfilesstorage",),
    fix=Safety.UNSAFE,
)

_MANIFEST = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
_PLAIN = (
    "django.contrib.staticfiles.storage.StaticFilesStorage",
    "whitenoise.storage.CompressedStaticFilesStorage",
    "storages.backends.s3boto3.S3StaticStorage",
    "storages.backends.s3.S3StaticStorage",
    "storages.backends.s3boto3.S3Boto3Storage",
    "storages.backends.s3.S3Storage",
)
_BUNDLERS = frozenset(
    {
        "compressor",
        "pipeline",
        "webpack_loader",
        "django_vite",
        "webpack_boilerplate",
        "django_assets",
        "sass_processor",
    }
)

_STORAGES = f"""{{
    "default": {{"BACKEND": "django.core.files.storage.FileSystemStorage"}},
    "staticfiles": {{"BACKEND": "{_MANIFEST}"}},
}}"""


def check(project: Project) -> Iterator[Judgement]:
    settings = project.settings
    apps = [str(entry.value) for entry in settings.entries("INSTALLED_APPS")]
    if not any(app.startswith("django.contrib.staticfiles") for app in apps):
        yield NotApplicable("django.contrib.staticfiles is not installed")
        return
    if any(p.value for p in settings.possible("WHITENOISE_IMMUTABLE_FILE_TEST")):
        return
    storages = _storages(project)
    if not storages and not settings.complete:
        yield CannotTell("STORAGES is not set in the settings that could be followed")
        return
    if any(not isinstance(p.value, str) or "anifest" in p.value for p in storages):
        return
    if storages and not all(p.value in _PLAIN for p in storages):
        yield CannotTell(f"whether {storages[0].value} adds a hash to names is not known", storages[0].where)
        return
    bundlers = _BUNDLERS.intersection(app.partition(".")[0] for app in apps)
    if bundlers:
        yield CannotTell(
            f"{sorted(bundlers)[0]} names its bundles itself, perhaps by a hash of their content"
        )
        return
    where = storages[0].where if storages else _where_static_files_are_set(project)
    name = storages[0].value if storages else "StaticFilesStorage (Django's default)"
    yield practice.finding(
        where,
        f"{str(name).rpartition('.')[2]} keeps the names of static files when they change: browsers and a CDN"
        " may keep them only briefly, or show old styles after a release.",
        remedy=f'STORAGES["staticfiles"] = {{"BACKEND": "{_MANIFEST}"}}',
        symbol="STORAGES.staticfiles",
        proof=f"static files storage: {name}",
    )


def _where_static_files_are_set(project: Project) -> Location:
    """The statement of STATIC_URL that holds everywhere, else the last one."""
    places = [a.where for a in project.settings.assigned if a.name == "STATIC_URL" and not a.condition]
    return places[-1] if places else project.settings.where("STATIC_URL")


def _storages(project: Project) -> list[Possible]:
    settings = project.settings
    found = [
        *settings.possible("STORAGES", "staticfiles", "BACKEND"),
        *settings.possible("STATICFILES_STORAGE"),
    ]
    return [p for p in found if p.value is not MISSING or p.variable]


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The manifest storage; unsafe because collectstatic then refuses references to missing files."""
    path = finding.where.path
    if project.settings.possible("STATICFILES_STORAGE"):
        yield SetSetting(path, "STATICFILES_STORAGE", f'"{_MANIFEST}"', line=finding.where.line)
    elif project.settings.possible("STORAGES"):
        yield SetKey(path, ("STORAGES", "staticfiles"), f'{{"BACKEND": "{_MANIFEST}"}}')
    else:
        yield SetSetting(path, "STORAGES", _STORAGES, after="STATIC_URL")


_APPS = 'INSTALLED_APPS = ["django.contrib.staticfiles", "shop"]\n'
EXAMPLES = (
    Breaks(
        {"config/settings.py": _APPS + 'STATIC_URL = "static/"\n'},
        at="config/settings.py:2",
        fixed={"config/settings.py": f'{_APPS}STATIC_URL = "static/"\nSTORAGES = {_STORAGES}\n'},
    ),
    Holds({"config/settings.py": _APPS + f'STORAGES = {{"staticfiles": {{"BACKEND": "{_MANIFEST}"}}}}\n'}),
    LooksAlike(
        {
            "config/settings.py": _APPS
            + 'STORAGES = {"staticfiles": {"BACKEND": "shop.storage.HashedStorage"}}\n',
        },
        because="a storage of the project's own may add a hash",
    ),
    LooksAlike(
        {"config/settings.py": 'INSTALLED_APPS = ["django.contrib.staticfiles", "compressor", "shop"]\n'},
        because="django-compressor names its bundles by their content",
    ),
    LooksAlike(
        {
            "config/settings.py": _APPS
            + """
import re


def immutable(path, url):
    return re.match(r".+\\.[0-9a-f]{16}\\..+", url)


WHITENOISE_IMMUTABLE_FILE_TEST = immutable
"""
        },
        because="a bundler puts the hash into the names, and whitenoise is told so",
    ),
)
