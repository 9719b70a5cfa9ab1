"""Proxies that are not nginx: told by their configuration files, not read in detail."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase, translate
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.readers.text import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.files import Files

_BY_NAME = (
    *("Caddyfile", "Caddyfile.*", "*.caddyfile", "caddy.json"),
    *("traefik.toml", "traefik.yml", "traefik.yaml", "traefik.*.yml", "traefik.*.toml", "envoy.yaml"),
    *("haproxy.cfg", "haproxy.cfg.*", "haproxy*.cfg", "fly.toml", "fly.*.toml", "render.yaml", "app.yaml"),
    *("captain-definition", "varnish.vcl", "default.vcl", "apache2.conf", "httpd.conf", "railway.json"),
    *("railway.toml", "vercel.json"),
)
_BY_CONTENT = {
    "*.conf": re.compile(r"^\s*<VirtualHost\b|^\s*WSGI(?:ScriptAlias|DaemonProcess)\b", re.MULTILINE),
    "app.json": re.compile(r'"(?:buildpacks|formation|addons)"\s*:'),
    "app.yaml": re.compile(r"^(?:runtime|services|entrypoint|env)\s*:", re.MULTILINE),
    "vercel.json": re.compile(r"@vercel/python|wsgi|asgi"),
}
_NAMES = re.compile("|".join(translate(pattern) for pattern in _BY_NAME))


def find_other_proxies(root: Path, files: Files) -> tuple[Location, ...]:
    """Configuration files of other reverse proxies, and of platforms whose router is the proxy."""
    return tuple(Location(file.path) for file in files.all if _is_proxy(root, file.path, file.name))


def _is_proxy(root: Path, path: str, name: str) -> bool:
    content = next((sign for pattern, sign in _BY_CONTENT.items() if fnmatchcase(name, pattern)), None)
    if content is None or name in ("apache2.conf", "httpd.conf"):
        return bool(_NAMES.match(name))
    text = read_text(root, path)
    return not isinstance(text, Problem) and bool(content.search(text))
