from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Confidence, Impact
from tests.practices.example_project import find_in

if TYPE_CHECKING:
    from pathlib import Path


def test_a_random_key_that_only_stands_in_names_the_variable(tmp_path: Path) -> None:
    settings = """
import os
from django.core.management.utils import get_random_secret_key

if "SHOP_KEY" in os.environ:
    SECRET_KEY = os.environ["SHOP_KEY"]
else:
    SECRET_KEY = get_random_secret_key()
"""
    (found,) = find_in(tmp_path, "settings/stable-secret-key", {"config/settings.py": settings})
    assert "unless the environment sets SHOP_KEY" in found.message
    assert found.remedy.startswith('SECRET_KEY = os.environ["SHOP_KEY"]')
    assert found.impact is Impact.HIGH


def test_a_key_that_the_file_may_keep_is_less_sure(tmp_path: Path) -> None:
    settings = """
from pathlib import Path
from django.core.management.utils import get_random_secret_key

KEY = Path("/var/lib/shop/key")
SECRET_KEY = find_key(KEY) or get_random_secret_key()
KEY.write_text(SECRET_KEY)
"""
    (found,) = find_in(tmp_path, "settings/stable-secret-key", {"config/settings.py": settings})
    assert found.confidence is Confidence.PREVIEW


def test_a_key_that_is_drawn_wherever_debug_is_named_but_not_required_is_told(tmp_path: Path) -> None:
    settings = """
import os
import secrets

DEBUG = os.environ.get("DEBUG") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY or (SECRET_KEY == "published" and not DEBUG):
    SECRET_KEY = secrets.token_urlsafe(50)
"""
    (found,) = find_in(tmp_path, "settings/stable-secret-key", {"config/settings.py": settings})
    assert found.impact is Impact.HIGH
