from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from django_tenfold.conf.processes import detect_role, detect_server


@pytest.mark.parametrize(
    ("modules", "server"),
    [
        ({"django.core.wsgi": 1}, "wsgi"),
        ({"django.core.asgi": 1}, "asgi"),
        ({"django.core.asgi": 1, "django.core.wsgi": 1}, "asgi"),
        ({"django.core.handlers.asgi": 1}, ""),
        (
            {"gevent.monkey": SimpleNamespace(is_module_patched=lambda _: True), "django.core.wsgi": 1},
            "gevent",
        ),
        ({"gevent.monkey": SimpleNamespace(is_module_patched=lambda _: False)}, ""),
    ],
)
def test_the_entry_point_tells_the_server(modules: dict[str, object], server: str) -> None:
    assert detect_server(modules) == server


@pytest.mark.parametrize(
    ("line", "server", "role"),
    [
        ("gunicorn shop.wsgi", "wsgi", "web"),
        ("/usr/bin/uvicorn shop.asgi:application", "asgi", "web"),
        ("/lib/uvicorn/__main__.py shop.asgi:application", "asgi", "web"),
        ("manage.py runserver", "", "web"),
        ("manage.py migrate", "", "migrate"),
        ("/lib/django/__main__.py migrate", "", "migrate"),
        ("django-admin shell", "", "command"),
        ("manage.py rqworker default", "", "worker"),
        ("/bin/celery -A shop worker", "", "worker"),
        ("/lib/celery/__main__.py -A shop worker -B beat", "", "worker"),
        ("celery -A shop beat", "", "scheduler"),
        ("script.py", "", "command"),
        ("manage.py shell", "wsgi", "command"),
        ("", "", "command"),
    ],
)
def test_the_command_line_tells_the_role(line: str, server: str, role: str) -> None:
    assert detect_role(line.split(), server=server) == role


@pytest.mark.parametrize("server", ["asgi", "wsgi"])
def test_django_loads_the_settings_after_its_entry_point(tmp_path: Path, server: str) -> None:
    """What the detection rests on, with the Django that runs."""
    (tmp_path / "site_settings.py").write_text(
        "from django_tenfold.conf.processes import detect_role, detect_server\n"
        "import sys\nsys.stdout.write(detect_server() + ' ' + detect_role(server=detect_server()))\n"
        "SECRET_KEY = 'x'\n",
        encoding="utf-8",
    )
    code = f"from django.core.{server} import get_{server}_application as get; get()"
    import django_tenfold

    source = Path(django_tenfold.__file__).parent.parent
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": f"{tmp_path}:{source}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout == f"{server} web"
