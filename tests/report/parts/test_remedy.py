from __future__ import annotations

import pytest

from tenfold.report.parts.remedy import Block, split_remedy


@pytest.mark.parametrize(
    ("remedy", "path", "language"),
    [
        ("CONN_MAX_AGE = 60", "settings.py", "python"),
        ('DATABASES["default"]["CONN_MAX_AGE"] = 60', "settings.py", "python"),
        ('"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True  # a minute', "settings.py", "python"),
        ("{% url 'shop:cart' %}", "shop/views.py", "html"),
        ("proxy_read_timeout 130s;", "deploy/nginx.conf", "nginx"),
        ("server {\n    listen 80;\n}", "nginx.conf", "nginx"),
        ("services:\n  web:\n    init: true", "compose.yml", "yaml"),
        ("USER app", "Dockerfile", "docker"),
        ('CMD ["gunicorn", "shop.wsgi"]', "Dockerfile", "docker"),
        ("pip install whitenoise", "settings.py", "bash"),
        ("[tool.ruff]\nselect = ['T20']", "pyproject.toml", "toml"),
        ("Restart=always", "shop.service", "ini"),
    ],
)
def test_code_is_known_with_its_language(remedy: str, path: str, language: str) -> None:
    (block,) = split_remedy(remedy, path)
    assert block == Block(remedy, language)


@pytest.mark.parametrize(
    "remedy",
    [
        "Remove it.",
        "Remove",
        "Turn the default of DEBUG to off; development sets it to on.",
        "Set CONN_MAX_AGE above zero in the settings of production.",
        "secret",
        "a, b",
        "Note: this",
    ],
)
def test_prose_is_no_code(remedy: str) -> None:
    assert split_remedy(remedy, "settings.py") == (Block(remedy),)


def test_prose_before_code_is_parted_from_it() -> None:
    expected = (Block("Keep them:"), Block("A = 1\nB = 2", "python"))
    assert split_remedy("Keep them:\nA = 1\nB = 2", "settings.py") == expected
    assert split_remedy("Keep them:\n\n    A = 1\n    B = 2", "settings.py") == expected


def test_neighbouring_code_is_one_block() -> None:
    assert split_remedy("import os\n\nA = os.environ", "settings.py") == (
        Block("import os\n\nA = os.environ", "python"),
    )


def test_no_remedy_has_no_block() -> None:
    assert split_remedy(" \n", "settings.py") == ()
