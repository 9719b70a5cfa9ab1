from __future__ import annotations

from typing import TYPE_CHECKING

from tests.stack.overlay.tiny_project import SQLITE, run_python, stand_up

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = f"SECRET_KEY = 'x'\nDATABASES = {SQLITE}\nROOT_URLCONF = 'shop.urls'\n"
STUBBORN = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
application.mine = True
"""
ASK = (
    "import os, tenfold_wsgi; from django.conf import settings\n"
    "print(settings.SETTINGS_MODULE, settings.DATABASES['default']['NAME'], os.environ['DJANGO_SETTINGS_MODULE'],"
    " getattr(tenfold_wsgi.application, 'mine', False))"
)


def test_a_wsgi_file_that_sets_its_own_settings_serves_on_the_stacks(tmp_path: Path) -> None:
    files = {"shop/__init__.py": "", "shop/settings.py": SETTINGS, "shop/wsgi.py": STUBBORN}
    site = stand_up(
        tmp_path, {**files, "shop/urls.py": "urlpatterns = []"}, shape={"wsgi": "shop.wsgi:application"}
    )
    assert run_python(site, ASK) == "tenfold_settings app tenfold_settings True"


def test_a_project_without_a_wsgi_file_is_served_by_djangos_own(tmp_path: Path) -> None:
    files = {"shop/__init__.py": "", "shop/settings.py": SETTINGS, "shop/urls.py": "urlpatterns = []"}
    site = stand_up(tmp_path, files)
    assert run_python(site, ASK) == "tenfold_settings app tenfold_settings False"


def test_settings_that_read_themselves_while_they_load_are_the_stacks_in_the_end(tmp_path: Path) -> None:
    early = SETTINGS + "from django.conf import settings\nprint(settings.DEBUG, end=' ')\n"
    files = {"shop/__init__.py": "", "shop/settings.py": early, "shop/urls.py": "urlpatterns = []"}
    site = stand_up(tmp_path, files)
    assert run_python(site, ASK).endswith("tenfold_settings app tenfold_settings False")
