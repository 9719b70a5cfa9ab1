from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Confidence, Impact, Safety
from tenfold.practices.accounts.session_store import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import find_in, write_project

if TYPE_CHECKING:
    from pathlib import Path

MIDDLEWARE = 'MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]\n'
LOCAL = 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}\n'
REDIS = 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}\n'


def test_cached_sessions_are_only_offered_over_a_cache_that_is_always_shared(tmp_path: Path) -> None:
    branches = "import os\n" + MIDDLEWARE + f'if os.environ.get("REDIS_URL"):\n    {REDIS}else:\n    {LOCAL}'
    (found,) = find_in(tmp_path / "a", "accounts/session-store", {"config/settings.py": branches})
    assert found.fixable is None
    (found,) = find_in(tmp_path / "b", "accounts/session-store", {"config/settings.py": REDIS + MIDDLEWARE})
    assert found.fixable is Safety.SAFE


def test_a_command_that_clears_sessions_is_seen(tmp_path: Path) -> None:
    clearing = 'from django.core.management import call_command\n\ncall_command("clearsessions")\n'
    files = {"config/settings.py": REDIS + MIDDLEWARE, "shop/clearing.py": clearing}
    (found,) = find_in(tmp_path, "accounts/session-store", files)
    assert "clearsessions" not in found.message


def test_cached_sessions_over_local_memory_go_stale(tmp_path: Path) -> None:
    engine = 'SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"\n'
    files = {"config/settings.py": LOCAL + MIDDLEWARE + engine}
    (found,) = find_in(tmp_path, "accounts/session-store", files)
    assert "a change made on one worker is not seen on the next" in found.message
    assert found.impact is Impact.HIGH


def test_a_file_store_that_a_deployment_may_choose_is_a_preview(tmp_path: Path) -> None:
    settings = (
        "import os\n" + MIDDLEWARE + 'if os.environ.get("SESSION_PATH"):\n'
        '    SESSION_ENGINE = "django.contrib.sessions.backends.file"\n'
        "else:\n"
        '    SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"\n'
    )
    (found,) = find_in(tmp_path, "accounts/session-store", {"config/settings.py": settings})
    assert found.confidence is Confidence.PREVIEW


def test_middleware_that_could_not_be_read_is_not_taken_for_no_sessions(tmp_path: Path) -> None:
    settings = 'from logs import add\nMIDDLEWARE = add(["django.middleware.common.CommonMiddleware"])\n'
    write_project(tmp_path, {"config/settings.py": settings})
    (told,) = check(read_project(tmp_path))
    assert isinstance(told, CannotTell)


def test_sessions_cleared_by_a_platforms_schedule_do_not_only_grow(tmp_path: Path) -> None:
    schedule = '["0 3 * * * $ROOT/run.sh clearsessions"]'
    files = {"config/settings.py": REDIS + MIDDLEWARE, "clevercloud/cron.json": schedule}
    (found,) = find_in(tmp_path, "accounts/session-store", files)
    assert "clearsessions" not in found.message
