from __future__ import annotations

from typing import TYPE_CHECKING

from tests.stack.overlay.tiny_project import SQLITE, resolved, run_python, stand_up

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = f"""
SECRET_KEY = "x"
DEBUG = True
INSTALLED_APPS = ["django.contrib.staticfiles"]
ALLOWED_HOSTS = ("shop.example.com",)
STATIC_URL = "static/"
DATABASES = {SQLITE}
"""


def test_a_sqlite_project_runs_on_the_stacks_postgresql(tmp_path: Path) -> None:
    site = stand_up(tmp_path, {"shop/__init__.py": "", "shop/settings.py": PLAIN})
    entry = resolved(site, "settings.DATABASES['default']")
    assert entry["ENGINE"] == "django.db.backends.postgresql"
    assert (entry["NAME"], entry["USER"], entry["PORT"]) == ("app", "tenfold", site.ports["postgres"])
    assert "statement_timeout" in entry["OPTIONS"]["options"]


def test_debug_is_off_and_the_edges_hosts_are_added(tmp_path: Path) -> None:
    site = stand_up(tmp_path, {"shop/__init__.py": "", "shop/settings.py": PLAIN})
    assert resolved(site, "[settings.DEBUG, settings.ALLOWED_HOSTS]") == [
        False,
        ["shop.example.com", "localhost", "127.0.0.1", "[::1]"],
    ]


def test_a_settings_package_that_other_modules_import_from_holds_the_changed_values(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": PLAIN,
        "shop/settings/production.py": "from .base import *\nDEBUG = False\n",
    }
    site = stand_up(tmp_path, files, settings="shop.settings.production")
    code = (
        "from django.conf import settings; settings.DATABASES\n"
        "from shop.settings import base, production\n"
        "print(base.DATABASES['default']['ENGINE'], production.DATABASES is settings.DATABASES)"
    )
    assert run_python(site, code) == "django.db.backends.postgresql True"


def test_a_folder_that_was_a_path_stays_one(tmp_path: Path) -> None:
    text = (
        "from pathlib import Path\n"
        + PLAIN
        + "STATIC_ROOT = Path('/srv/static')\nMEDIA_ROOT = '/srv/media'\n"
    )
    text += "DATABASES['default']['NAME'] = Path('/srv/db.sqlite3')\n"
    site = stand_up(tmp_path, {"shop/__init__.py": "", "shop/settings.py": text})
    assert resolved(site, "settings.DATABASES['default']['NAME']") == "app"
    code = "from django.conf import settings as s; print(s.STATIC_ROOT / 'm.json', s.MEDIA_ROOT + '/x')"
    assert run_python(site, code) == f"{tmp_path}/.tenfold/static/m.json {tmp_path}/.tenfold/media/x"


def test_settings_that_ask_for_their_own_name_find_it(tmp_path: Path) -> None:
    asking = PLAIN + "import os\nWHO = os.environ['DJANGO_SETTINGS_MODULE']\n"
    site = stand_up(tmp_path, {"shop/__init__.py": "", "shop/settings.py": asking})
    code = "import os; from django.conf import settings; print(settings.WHO, os.environ['DJANGO_SETTINGS_MODULE'])"
    assert run_python(site, code) == "shop.settings tenfold_settings"


def test_nothing_of_the_overlay_itself_becomes_a_setting(tmp_path: Path) -> None:
    site = stand_up(tmp_path, {"shop/__init__.py": "", "shop/settings.py": PLAIN})
    code = (
        "from django.conf import settings; settings.DEBUG\n"
        "import shop.settings as theirs\n"
        "own = {n for n in dir(settings._wrapped) if n.isupper() and settings.is_overridden(n)}\n"
        "print(sorted(n for n in own if not hasattr(theirs, n) and n != 'SETTINGS_MODULE'))"
    )
    added = run_python(site, code)
    assert added == "[]"


def test_a_migration_waits_for_no_lock_and_has_no_time_limit(tmp_path: Path) -> None:
    site = stand_up(tmp_path, {"shop/__init__.py": "", "shop/settings.py": PLAIN})
    options = resolved(site, "settings.DATABASES['default']['OPTIONS']", role="migrate")
    lock = round(site.topology.timeouts.lock.seconds * 1000)
    assert options["options"] == f"-c statement_timeout=0 -c lock_timeout={lock}"
    assert options["application_name"] == "shop-migrate"
    assert "pool" not in options


def test_parts_that_settings_share_are_changed_apart(tmp_path: Path) -> None:
    shared = (
        "OPTIONS = {'PASSWORD': 'theirs', 'SOCKET_TIMEOUT': 2}\n"
        "CACHES = {name: {'BACKEND': 'django_redis.cache.RedisCache', 'LOCATION': f'redis://far/{n}',"
        " 'OPTIONS': OPTIONS} for n, name in enumerate(['default', 'pages'])}\n"
    )
    site = stand_up(tmp_path, {"shop/__init__.py": "", "shop/settings.py": PLAIN + shared})
    caches = resolved(site, "settings.CACHES")
    assert caches["default"]["OPTIONS"] == caches["pages"]["OPTIONS"] == {"SOCKET_TIMEOUT": 2}
    assert caches["default"]["LOCATION"] != caches["pages"]["LOCATION"]
    assert resolved(site, "settings.OPTIONS")["PASSWORD"] == "theirs"


def test_a_forked_child_lets_go_of_its_parents_connections(tmp_path: Path) -> None:
    site = stand_up(tmp_path, {"shop/__init__.py": "", "shop/settings.py": PLAIN})
    code = (
        "import os, django; django.setup()\n"
        "from django.db import connection\n"
        "connection.connection = object()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(0 if connection.connection is None else 3)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), connection.connection is not None)\n"
        "connection.connection = None\n"
    )
    assert run_python(site, code) == "0 True"
