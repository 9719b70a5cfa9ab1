"""The probe, run for real on small projects under this interpreter."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.project.model import Known, Unknown
from tenfold.project.readers.probe import find_import_paths, run_probe
from tenfold.project.readers.probe_process import find_configuration, probe_environment
from tenfold.project.settings import Reference
from tests.builders import write_files

if TYPE_CHECKING:
    from tenfold.project.model import Fact
    from tenfold.project.probed import Probed

pytest.importorskip("django")

SETTINGS = """
SECRET_KEY = "x" * 50
DEBUG = False
ALLOWED_HOSTS = ["shop.example"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "shop.absent.Middleware"]
ROOT_URLCONF = "site_urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "data.sqlite3", "PASSWORD": "pw"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
PROJECT = {
    "manage.py": "",
    "site_settings.py": SETTINGS,
    "site_urls.py": """
from django.contrib.auth import views
from django.urls import include, path
from shop import views as own

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("shop/", include(([path("<int:pk>/", own.detail, name="detail")], "shop"))),
]
""",
    "shop/__init__.py": "",
    "shop/views.py": "def detail(request, pk):\n    return None\n",
    "shop/models.py": """
from django.db import models


class Base(models.Model):
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Product(Base):
    name = models.CharField(
        max_length=50,
    )
    owner = models.ForeignKey("auth.User", models.CASCADE)
""",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    operations = [migrations.RunSQL("select 1")]
""",
}


def probe(root: Path, files: dict[str, str] | None = None, *, seconds: float = 30) -> Fact[Probed]:
    write_files(root, {**PROJECT, **(files or {})})
    return run_probe(root, python=Path(sys.executable), settings_module="site_settings", seconds=seconds)


def known(fact: Fact[Probed]) -> Probed:
    assert isinstance(fact, Known), fact
    return fact.value


def why(fact: Fact[Probed]) -> str:
    assert isinstance(fact, Unknown), fact
    return fact.why


def test_a_sound_project_tells_all_of_itself(tmp_path: Path) -> None:
    probed = known(probe(tmp_path))
    raw = probed.raw
    assert probed.settings["ALLOWED_HOSTS"] == ["shop.example"]
    assert "security.W003" in {message.id for message in probed.checks}
    assert "django" in probed.installed
    assert raw["reasons"] == {}
    routes = [(r["pattern"], r["name"], r["view"], r["style"], r["line"]) for r in raw["urls"]["routes"]]
    assert routes == [
        ("login/", "login", "django.contrib.auth.views.LoginView", "class", 7),
        ("shop/<int:pk>/", "shop:detail", "shop.views.detail", "function", 8),
    ]
    assert {(m["label"], m["abstract"], m["line"]) for m in raw["models"]} == {
        ("shop.Base", True, 5),
        ("shop.Product", False, 12),
    }
    product = next(m for m in raw["models"] if m["label"] == "shop.Product")
    lines = {f["name"]: (f["kind"], f["line"], f["to"]) for f in product["fields"]}
    assert lines["name"] == ("django.db.models.CharField", 13, "")
    assert lines["made"] == ("django.db.models.DateTimeField", 6, "")
    assert lines["owner"] == ("django.db.models.ForeignKey", 16, "auth.User")
    assert [(m["app"], m["operations"], m["atomic"]) for m in raw["migrations"]] == [
        ("shop", ["RunSQL"], False)
    ]
    assert [bool(m["failure"]) for m in raw["middleware"]] == [False, True]


def test_nothing_is_written_into_the_project(tmp_path: Path) -> None:
    write_files(tmp_path, PROJECT)
    before = sorted(tmp_path.rglob("*"))
    known(probe(tmp_path))
    assert sorted(tmp_path.rglob("*")) == before


def test_secrets_are_masked_and_objects_keep_their_class(tmp_path: Path) -> None:
    files = {
        "site_settings.py": SETTINGS
        + """
import datetime, re
from pathlib import Path
CACHE_URL = "redis://user:pass/word@cache:6379/1"
API_TOKEN = "abc"
AWS_ACCESS_KEY_ID = "abcd"
SECRET_KEY_FALLBACKS = ["y" * 20]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
LIFETIME = datetime.timedelta(minutes=5)
PATTERNS = (re.compile("a+"), Path("/srv"))
class Odd: pass
ODD = Odd()
"""
    }
    settings = known(probe(tmp_path, files)).settings
    assert settings["SECRET_KEY"] == "<str of 50 characters>"
    assert settings["SECRET_KEY_FALLBACKS"] == ["<str of 20 characters>"]
    assert settings["API_TOKEN"] == "<str of 3 characters>"
    assert settings["AWS_ACCESS_KEY_ID"] == "<str of 4 characters>"
    assert settings["CACHE_URL"] == "redis://user:<str of 9 characters>@cache:6379/1"
    assert settings["DATABASES"]["default"]["PASSWORD"] == "<str of 2 characters>"  # type: ignore[index]
    assert settings["PASSWORD_HASHERS"] == ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    assert settings["LIFETIME"] == Reference("datetime.timedelta", (), (("seconds", 300.0),), called=True)
    assert settings["PATTERNS"] == (Reference("re.compile", ("a+",), called=True), "/srv")
    assert settings["ODD"] == Reference("site_settings.Odd", called=True)


def test_prints_of_the_project_do_not_spoil_the_answer(tmp_path: Path) -> None:
    noise = "import sys\nprint('{' * 100000)\nsys.stderr.write('x' * 300000)\nsys.stdout.flush()\n"
    assert known(probe(tmp_path, {"site_settings.py": noise + SETTINGS})).settings["DEBUG"] is False


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import absent_package", "No module named 'absent_package'"),
        ("raise ValueError('no good')", "ValueError: no good"),
        ("import os; os.environ['SHOP_DATABASE']", "environment variable SHOP_DATABASE, which is not set"),
        ("raise RuntimeError('Set the SHOP_KEY environment variable')", "environment variable SHOP_KEY"),
        ("import sys; sys.exit(3)", "the project ended the process (3)"),
        ("import os; os._exit(3)", "os._exit(3)"),
        ("if True print()", "SyntaxError"),
        ("1 / 0", "(site_settings.py:1)"),
    ],
)
def test_settings_that_fail_give_the_reason(tmp_path: Path, line: str, reason: str) -> None:
    assert reason in why(probe(tmp_path, {"site_settings.py": line + "\n" + SETTINGS}))


def test_settings_that_hang_are_given_up(tmp_path: Path) -> None:
    files = {"site_settings.py": "import time\ntime.sleep(60)\n"}
    # On a busy machine the whole limit may end before the section's own does.
    reason = why(probe(tmp_path, files, seconds=1.0))
    assert "took longer than" in reason or "did not load within 1 s" in reason


def test_a_project_that_swallows_the_alarm_is_killed(tmp_path: Path) -> None:
    files = {
        "site_settings.py": "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n"
        "while True:\n    pass\n"
    }
    assert "did not load within 1 s" in why(probe(tmp_path, files, seconds=1.0))


def test_a_crash_of_the_interpreter_names_the_signal(tmp_path: Path) -> None:
    files = {"site_settings.py": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"}
    assert "SIGSEGV" in why(probe(tmp_path, files))


def test_a_child_that_slips_past_the_guard_is_ended_with_the_group(tmp_path: Path) -> None:
    # The fork of libc raises no audit event.
    files = {
        "site_settings.py": "import ctypes, time\n"
        "child = ctypes.CDLL(None).fork()\n"
        "if child == 0:\n    time.sleep(600)\n"
        "raise ValueError('child %d' % child)\n"
    }
    reason = why(probe(tmp_path, files))
    child = int(reason.rpartition("child ")[2])
    assert is_gone(child)


def is_gone(process: int) -> bool:
    """Whether it ends within ten seconds: a killed process needs a moment (and may stay as a zombie)."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
    return False


@pytest.mark.parametrize(
    "attempt",
    [
        "open('written.txt', 'w')",
        "__import__('os').open('written.txt', 65)",
        "__import__('pathlib').Path('written.txt').touch()",
        "__import__('socket').create_connection(('127.0.0.1', 9), 1)",
        "__import__('socket').getaddrinfo('shop.example', 80)",
        "__import__('subprocess').run(['touch', 'written.txt'])",
        "__import__('os').system('touch written.txt')",
        "__import__('os').fork()",
        "__import__('os').rename('manage.py', 'written.txt')",
        "__import__('sqlite3').connect('written.txt')",
    ],
)
def test_settings_cannot_write_connect_or_start_programs(tmp_path: Path, attempt: str) -> None:
    reason = why(probe(tmp_path, {"site_settings.py": attempt + "\n" + SETTINGS}))
    assert "Tenfold's probe" in reason
    assert not (tmp_path / "written.txt").exists()


def test_a_log_folder_and_log_files_are_not_made_and_do_no_harm(tmp_path: Path) -> None:
    logging = """
import os
os.makedirs("logs/app", exist_ok=True)
LOGGING = {"version": 1, "handlers": {"f": {"class": "logging.FileHandler", "filename": "logs/app/x.log"}},
           "root": {"handlers": ["f"]}}
"""
    probed = known(probe(tmp_path, {"site_settings.py": SETTINGS + logging}))
    assert probed.raw["reasons"] == {}
    assert not (tmp_path / "logs").exists()


def test_the_database_is_not_reached(tmp_path: Path) -> None:
    query = "from django.contrib.auth.models import User\nnames = list(User.objects.all())\n"
    probed = known(probe(tmp_path, {"shop/views.py": PROJECT["shop/views.py"] + query}))
    assert "does not connect to databases" in probed.raw["reasons"]["urls"]  # type: ignore[index]
    assert not (tmp_path / "data.sqlite3").exists()


def test_one_broken_section_leaves_the_others(tmp_path: Path) -> None:
    probed = known(probe(tmp_path, {"site_urls.py": "raise ValueError('broken map')\n"}))
    assert "broken map" in probed.raw["reasons"]["urls"]  # type: ignore[index]
    assert "urls" not in probed.raw
    assert len(probed.raw["models"]) == 2  # type: ignore[arg-type]
    assert probed.checks


def test_apps_that_do_not_load_leave_the_settings(tmp_path: Path) -> None:
    probed = known(probe(tmp_path, {"shop/models.py": "import absent_package\n"}))
    assert probed.settings["DEBUG"] is False
    assert "absent_package" in probed.raw["reasons"]["apps"]  # type: ignore[index]
    assert "needs apps" in probed.raw["reasons"]["models"]  # type: ignore[index]


def test_an_answer_that_the_project_forged_is_no_fact(tmp_path: Path) -> None:
    forged = (
        "import json, os, sys\n"
        "frame = sys._getframe()\n"
        "while frame and 'request' not in frame.f_locals:\n    frame = frame.f_back\n"
        "os.write(frame.f_locals['request']['fd'], b'{\"failures\": 3}\\n')\n"
    )
    assert "spoilt" in why(probe(tmp_path, {"site_settings.py": forged}))


def test_an_interpreter_that_cannot_start_is_named(tmp_path: Path) -> None:
    write_files(tmp_path, PROJECT)
    fact = run_probe(tmp_path, python=tmp_path / "absent", settings_module="site_settings", seconds=5)
    assert "absent could not be started" in why(fact)


def test_a_settings_module_that_is_no_file_is_said(tmp_path: Path) -> None:
    write_files(tmp_path, PROJECT)
    fact = run_probe(tmp_path, python=Path(sys.executable), settings_module="a.b", seconds=5)
    assert "a.b is no file" in why(fact)


def test_settings_below_a_folder_are_imported_from_there(tmp_path: Path) -> None:
    write_files(tmp_path, {"backend/manage.py": "", "backend/config/settings.py": ""})
    assert find_import_paths(tmp_path, "config.settings") == [tmp_path / "backend", tmp_path]


def test_no_bytecode_is_written_and_another_pythons_home_is_dropped() -> None:
    environment = probe_environment({"PYTHONHOME": "/x", "SHOP": "1"}, "shop.settings", "/scratch")
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["SHOP"] == "1"
    assert "PYTHONHOME" not in environment


def test_the_configuration_class_that_manage_py_names_is_used(tmp_path: Path) -> None:
    assert find_configuration(tmp_path) == {}
    (tmp_path / "manage.py").write_text('os.environ.setdefault("DJANGO_CONFIGURATION", "Production")\n')
    assert find_configuration(tmp_path) == {"DJANGO_CONFIGURATION": "Production"}
