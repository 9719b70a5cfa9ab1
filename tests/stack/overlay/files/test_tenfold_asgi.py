from __future__ import annotations

from typing import TYPE_CHECKING

from tests.stack.overlay.tiny_project import SQLITE, run_python, stand_up

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = f"SECRET_KEY = 'x'\nDATABASES = {SQLITE}\nROOT_URLCONF = 'shop.urls'\n"
STUBBORN = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
from django.core.asgi import get_asgi_application
application = get_asgi_application()
"""


def test_an_asgi_file_that_sets_its_own_settings_serves_on_the_stacks(tmp_path: Path) -> None:
    files = {"shop/__init__.py": "", "shop/settings.py": SETTINGS, "shop/asgi.py": STUBBORN}
    site = stand_up(
        tmp_path, {**files, "shop/urls.py": "urlpatterns = []"}, shape={"asgi": "shop.asgi:application"}
    )
    code = (
        "import tenfold_asgi; from django.conf import settings\n"
        "print(type(tenfold_asgi.application).__name__, settings.DATABASES['default']['NAME'])"
    )
    assert run_python(site, code) == "ASGIHandler app"
