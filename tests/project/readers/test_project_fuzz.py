"""Whole small projects with damaged files of every kind: reading them ends, and never with an exception."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenfold.project.files import File, Files
from tenfold.project.model import Known, Unknown
from tenfold.project.readers import project as reader
from tests.builders import write_files
from tests.project.readers.test_repository_fuzz import PIECES
from tests.project.readers.test_repository_fuzz import SEEDS as SURROUNDINGS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

EXAMPLES = int(os.environ.get("TENFOLD_FUZZ", "100"))
CODE = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "from .celery import *\n__all__ = ['app']\n",
    "shop/celery.py": "from celery import Celery\napp = Celery()\n@app.task\ndef send(n): send.delay(n)\n",
    "shop/settings.py": "import os\nDEBUG = os.environ.get('A') == '1'\nROOT_URLCONF = 'shop.urls'\n"
    "INSTALLED_APPS = ['shop', *os.environ['B'].split(',')]\nAUTH_USER_MODEL = 'shop.User'\n"
    "DATABASES = {'default': {'ENGINE': 'x', 'OPTIONS': {'pool': True}}}\ntry:\n    from .local import *\n"
    "except ImportError:\n    pass\n",
    "shop/urls.py": "from django.urls import include, path\nfrom rest_framework.routers import DefaultRouter as R\n"
    "from . import views\na = R()\nb = a.register('p', views.Posts)\nb.register('q', views.Posts)\n"
    "a.registry.extend(a.registry)\npart = ([path('x/', views.home)], 'n')\n"
    "urlpatterns = [path('', include(a.urls)), path('y/', include(part))]\nurlpatterns += [*urlpatterns]\n",
    "shop/views.py": "from django.views import View\nfrom .models import *\ndef home(request): Post.objects.get()\n"
    "class Posts(View):\n    queryset = Post.objects.all()\n    def get(self, r): return self.get(r)\n",
    "shop/models.py": "from django.db import models\nclass Base(models.Model):\n    class Meta: abstract = True\n"
    "class Post(Base):\n    by = models.ForeignKey('User', models.CASCADE)\n    class Meta(Base.Meta): pass\n"
    "class User(Post, Base): pass\n",
    "shop/migrations/0001_a.py": "from django.db import migrations as m\nclass Migration(m.Migration):\n"
    "    dependencies = [('a', 'b')]\n    operations = [m.CreateModel('Post', [('id', 1)])]\n",
    "shop/management/commands/go.py": "from django.core.management import BaseCommand\n"
    "class Command(BaseCommand):\n    def handle(self): print(1)\n",
    "templates/a.html": "{% load x %}{% for p in a %}<a href=\"{{ p.x|y:'z' }}\">{% endfor %}<!-- {# c #} -->\n",
    "gunicorn.conf.py": "import os\nbind = 'x'\nworkers = int(os.getenv('W', 2)) * 2 + 1\n",
    "nginx.conf": "http { include *.conf; server { listen 80; location / { proxy_pass http://a; } } }\n",
}
SEEDS = {**SURROUNDINGS, **CODE}


@st.composite
def damage(draw: st.DrawFn) -> dict[str, str]:
    """One to three of the files with parts cut out, moved, or strange pieces put in."""
    changed = {}
    for path in draw(st.lists(st.sampled_from(sorted(SEEDS)), min_size=1, max_size=3, unique=True)):
        text = SEEDS[path]
        for _ in range(draw(st.integers(1, 4))):
            start = draw(st.integers(0, len(text)))
            end = draw(st.integers(start, min(len(text), start + 30)))
            put = draw(st.sampled_from(["", text[start:end] * 3]) | PIECES)
            times = draw(st.sampled_from([1, 1, 1, 2, 400]))
            text = text[:start] + put * times + text[draw(st.sampled_from([start, end])) :]
        changed[path] = text[:20_000]
    return changed


class _NotRun:
    def result(self) -> Unknown:
        return Unknown("ruff was not run")


def test_no_damaged_file_stops_the_reading_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, SEEDS)
    files = Files(tuple(File(path, len(SEEDS[path]), True) for path in sorted(SEEDS)), git=Known(True))
    monkeypatch.setattr(reader, "read_files", lambda root, exclude: (files, ()))
    monkeypatch.setattr(reader, "start_lint", lambda root, files, cache: _NotRun())

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(damage())
    def check(changed: dict[str, str]) -> None:
        write_files(tmp_path, changed)
        try:
            project = reader.read_project(tmp_path)
        finally:
            write_files(tmp_path, {path: SEEDS[path] for path in changed})
        assert all(problem.what and problem.next_step for problem in project.problems)

    check()
