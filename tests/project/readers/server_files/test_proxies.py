from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.files import File, Files
from tenfold.project.model import Known
from tenfold.project.readers.server_files.proxies import find_other_proxies

if TYPE_CHECKING:
    from pathlib import Path


def find(root: Path, path: str, text: str = "") -> bool:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return bool(find_other_proxies(root, Files((File(path, 1, True),), Known(False))))


@pytest.mark.parametrize(
    "path", ["Caddyfile", "docker/traefik.yml", "etc/haproxy.cfg", "fly.toml", "render.yaml"]
)
def test_a_proxy_is_known_by_the_name_of_its_file(tmp_path: Path, path: str) -> None:
    assert find(tmp_path, path)


@pytest.mark.parametrize(
    ("path", "text", "answer"),
    [
        ("site.conf", "<VirtualHost *:80>\n", True),
        ("redis.conf", "maxmemory 1mb\n", False),
        ("app.json", '{"buildpacks": []}', True),
        ("app.json", '{"name": "shop"}', False),
        ("app.yaml", "runtime: python312\n", True),
        ("app.yaml", "title: shop\n", False),
    ],
)
def test_a_common_name_counts_only_with_the_content_of_a_proxy(
    tmp_path: Path, path: str, text: str, answer: bool
) -> None:
    assert find(tmp_path, path, text) is answer
