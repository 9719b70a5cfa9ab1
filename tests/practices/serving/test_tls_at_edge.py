from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Finding, Impact, Safety
from tenfold.practices.serving.tls_at_edge import HEADER, check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement

REDIRECT = "SECURE_SSL_REDIRECT = True\n"


def judge(root: Path, files: dict[str, str]) -> list[Judgement]:
    write_project(root, files)
    return list(check(read_project(root)))


def nginx(inside: str, *, target: str = "web:8000", listen: str = "443 ssl") -> dict[str, str]:
    text = f"server {{\nlisten {listen};\nlocation / {{\nproxy_pass http://{target};\n{inside}\n}}\n}}\n"
    return {"nginx.conf": text}


def test_a_redirect_on_a_plain_server_loops_wherever_tls_ends(tmp_path: Path) -> None:
    files = {
        "config/settings.py": REDIRECT,
        "Dockerfile": "FROM python:3.13\nCMD gunicorn config.wsgi -w 4\n",
    }
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    assert found.impact is Impact.HIGH
    assert found.fixable is Safety.UNSAFE


def test_a_server_with_a_certificate_of_its_own_does_not_loop(tmp_path: Path) -> None:
    command = "gunicorn config.wsgi -w 4 --certfile a.pem --keyfile b.pem"
    files = {"config/settings.py": REDIRECT, "Dockerfile": f"FROM python:3.13\nCMD {command}\n"}
    assert judge(tmp_path, files) == []


def test_gunicorn_told_whom_to_trust_cannot_be_told(tmp_path: Path) -> None:
    command = 'gunicorn config.wsgi -w 4 --forwarded-allow-ips "*"'
    files = {"config/settings.py": REDIRECT, "Dockerfile": f"FROM python:3.13\nCMD {command}\n"}
    (answer,) = judge(tmp_path, files)
    assert isinstance(answer, CannotTell)


def test_gunicorn_trusts_nginx_on_its_own_host(tmp_path: Path) -> None:
    files = {
        "config/settings.py": REDIRECT,
        "deploy/shop.service": "[Service]\nExecStart=/srv/venv/bin/gunicorn config.wsgi -w 4\n",
        **nginx("proxy_set_header X-Forwarded-Proto $scheme;", target="127.0.0.1:8000"),
    }
    (answer,) = judge(tmp_path, files)
    assert isinstance(answer, CannotTell)


def test_tls_at_nginx_without_the_header_is_mended_safely_when_nginx_sets_it(tmp_path: Path) -> None:
    files = {"config/settings.py": "DEBUG = False\n", **nginx("proxy_set_header X-Forwarded-Proto $scheme;")}
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    assert (found.impact, found.fixable) == (Impact.MEDIUM, Safety.SAFE)


def test_a_header_of_another_name_is_compared_with_that_name(tmp_path: Path) -> None:
    settings = 'SECURE_PROXY_SSL_HEADER = ("HTTP_X_SCHEME", "https")\n'
    files = {"config/settings.py": settings, **nginx("proxy_set_header X-Scheme $scheme;")}
    assert judge(tmp_path, files) == []


def test_a_trusted_header_that_nginx_passes_through_is_found(tmp_path: Path) -> None:
    settings = f"SECURE_PROXY_SSL_HEADER = {HEADER}\n"
    files = {"config/settings.py": settings, **nginx("proxy_set_header Host $host;")}
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    assert str(found.where) == "nginx.conf:4"


def test_a_header_that_the_environment_decides_is_left_to_the_deployment(tmp_path: Path) -> None:
    settings = (
        "import os\n\n"
        'if os.environ.get("PROXY"):\n'
        '    SECURE_PROXY_SSL_HEADER = (os.environ["HEADER"], "https")\n'
    )
    assert not [j for j in judge(tmp_path, {"config/settings.py": settings}) if isinstance(j, Finding)]
