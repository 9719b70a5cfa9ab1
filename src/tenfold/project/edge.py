"""What stands between visitors and the application servers, told from the repository's own files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.repository import DEVELOPMENT, PRODUCTION, UNSURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Project
    from tenfold.project.repository import ComposeService
    from tenfold.project.servers import AppServer, Directive, NginxConfig

PASSES = ("proxy_pass", "uwsgi_pass")
_PLATFORMS = (
    *("fly.toml", "render.yaml", "heroku.yml", "app.json", "app.yaml", "app.yml", "railway.toml"),
    *("railway.json", "Procfile", "deploy.template.yaml", "vercel.json", "captain-definition"),
    *("zappa_settings.json", "zappa_settings.py", "Dockerrun.aws.json", "apprunner.yaml", "nixpacks.toml"),
)
_NGINX = frozenset({"nginx", "openresty"})
_BRINGS_NGINX = re.compile(r"\binstall\b[^&|;]*\snginx\b|bin/nginx\b")
_PROXY_IMAGES = ("nginx", "traefik", "caddy", "haproxy", "envoy", "apache", "httpd", "swag", "varnish")


@dataclass(frozen=True, slots=True)
class Proxied:
    """One nginx location that passes requests on, with the blocks around it, outermost first."""

    config: NginxConfig
    passing: Directive
    """Its `proxy_pass` or `uwsgi_pass`."""
    around: tuple[Directive, ...]
    """http, server, location: as far as the file has them. The last one holds `passing`."""

    @property
    def path(self) -> str:
        """The location's own pattern: "/", "@django", "~ ^/api"; "" outside a location."""
        location = self.around[-1] if self.around else None
        return " ".join(location.args) if location is not None and location.name == "location" else ""

    @property
    def target(self) -> str:
        """Where it passes to, without scheme and path: "django", "127.0.0.1:8000", "unix:/run/app.sock"."""
        text = self.passing.args[0] if self.passing.args else ""
        text = text.partition("://")[2] or text
        return text if text.startswith("unix:") else text.partition("/")[0]

    @property
    def upstream(self) -> Directive | None:
        """The `upstream` block that the target names."""
        return next((u for u in self.config.find("upstream") if u.args[:1] == (self.target,)), None)

    def nearest(self, name: str) -> Directive | None:
        """The directive that holds here: nginx takes the innermost level that has one."""
        levels = (self.config.top, *(block.block or () for block in self.around))
        own = [directive for level in levels for directive in level if directive.name == name]
        return own[-1] if own else None

    def headers(self) -> dict[str, tuple[str, Directive]] | None:
        """proxy_set_header in force here, by lower-case name: nginx inherits them only where the inner
        level sets none at all. None when a file that is not in the repository may set them."""
        if any(
            d.name == "include" and not _is_plain_include(d)
            for block in self.around
            for d in block.block or ()
        ):
            return None
        for block in reversed(self.around):
            own = [d for d in block.block or () if d.name == "proxy_set_header" and len(d.args) > 1]
            if own:
                return {d.args[0].lower(): (d.args[1], d) for d in own}
        top = [d for d in self.config.top if d.name == "proxy_set_header" and len(d.args) > 1]
        return {d.args[0].lower(): (d.args[1], d) for d in top}

    @property
    def server(self) -> Directive | None:
        """The `server` block around it."""
        return next((b for b in reversed(self.around) if b.name == "server"), None)

    @property
    def ends_tls(self) -> bool:
        """Whether its server listens for TLS with a certificate of its own."""
        listens = [d for d in (self.server.block or () if self.server else ()) if d.name == "listen"]
        return any("ssl" in d.args or "quic" in d.args for d in listens)


def _is_plain_include(directive: Directive) -> bool:
    return any(word in " ".join(directive.args) for word in ("mime.types", "uwsgi_params", "modules"))


def production_nginx(project: Project) -> tuple[NginxConfig, ...]:
    """nginx configurations of production, or of an unsure purpose unless only development's compose
    file starts an nginx."""
    configs = [c for c in project.servers.nginx if c.purpose in (PRODUCTION, UNSURE)]
    sure = [c for c in configs if c.purpose == PRODUCTION]
    if sure:
        return tuple(sure)
    purposes = {
        file.purpose
        for file in project.repository.compose
        for service in file.services
        if "nginx" in f"{service.name} {service.image} {service.build}".lower()
    }
    return () if purposes == {DEVELOPMENT} else tuple(configs)


def proxied(config: NginxConfig) -> tuple[Proxied, ...]:
    """Every location that passes requests to another server."""
    return tuple(Proxied(config, passing, around) for passing, around in _passing(config.top, ()))


def _passing(
    directives: tuple[Directive, ...], around: tuple[Directive, ...]
) -> Iterator[tuple[Directive, tuple[Directive, ...]]]:
    for directive in directives:
        if directive.name in PASSES and directive.args:
            yield directive, around
        if directive.block is not None and directive.name != "stream":
            yield from _passing(directive.block, (*around, directive))


def to_application(project: Project) -> tuple[Proxied, ...]:
    """Locations of production's nginx that pass to Django: uwsgi_pass, the location `/` or a named one,
    and whatever passes to the same target as these."""
    found = [each for config in production_nginx(project) for each in proxied(config)]
    main = [p for p in found if p.passing.name == "uwsgi_pass" or p.path == "/" or p.path.startswith("@")]
    targets = {(p.config.path, p.target) for p in main}
    return tuple(p for p in found if (p.config.path, p.target) in targets)


def platform_router(project: Project) -> Location | None:
    """The file of a hosting platform whose own router stands in front of the application server."""
    every = (*project.servers.other_proxies, *project.repository.deployments)
    return next((place for place in every if place.path.rpartition("/")[2] in _PLATFORMS), None)


def nginx_in_container(project: Project) -> Location | None:
    """The compose service or the stage of a Dockerfile that runs nginx, where the repository has one."""
    services = [s for file in project.repository.compose for s in file.services]
    found = [s.where for s in services if _NGINX & set(_words(f"{s.name} {s.image}"))]
    stages = [stage for file in project.repository.dockerfiles for stage in file.stages]
    found += [s.where for s in stages if _NGINX & set(_words(s.image))]
    for file in project.repository.dockerfiles:
        # `RUN apt-get install nginx`, `COPY --from=proxy /usr/sbin/nginx /usr/sbin/nginx`
        brought = (line for _, text, line in file.instructions if _BRINGS_NGINX.search(text))
        found += [Location(file.path, line) for line in brought]
    return next(iter(found), None)


def _words(text: str) -> list[str]:
    return re.split(r"[^a-z]+", text.lower())


def other_proxy(project: Project) -> Location | None:
    """A proxy that is not nginx: its configuration file, or its service in production's compose file."""
    if project.servers.other_proxies:
        return project.servers.other_proxies[0]
    return next((s.where for _, s in compose_services(project) if _is_proxy(s)), None)


def _is_proxy(service: ComposeService) -> bool:
    text = f"{service.name} {service.image}".lower()
    return any(name in text for name in _PROXY_IMAGES) or any(
        key.startswith("traefik") for key in service.keys
    )


def compose_services(project: Project) -> Iterator[tuple[str, ComposeService]]:
    """(purpose, service) of production's compose files and of those whose purpose is unsure."""
    for file in project.repository.compose:
        if file.purpose in (PRODUCTION, UNSURE):
            yield from ((file.purpose, service) for service in file.services)


def published_directly(project: Project) -> tuple[tuple[AppServer, ComposeService, str], ...]:
    """(server, service, port) of application servers that a compose file publishes on 80 or 443."""
    services = {(s.where.path, s.name): s for _, s in compose_services(project)}
    found = []
    for app in project.servers.apps:
        commands = [
            c for c in project.repository.commands if c.where == app.where and c.service == app.service
        ]
        for service in (services.get((app.where.path, app.service)) for _ in commands[:1]):
            port = next((p for p in service.ports if _outside(p) in ("80", "443")), "") if service else ""
            if service is not None and port and app.purpose in (PRODUCTION, UNSURE):
                found.append((app, service, port))
    return tuple(found)


def _outside(port: str) -> str:
    """The host's port of "80:8000" or "0.0.0.0:80:8000/tcp"; "" when only the container's is given, and
    for one bound to the loopback address."""
    parts = port.partition("/")[0].split(":")
    return parts[-2] if len(parts) > 1 and parts[0] not in ("127.0.0.1", "localhost") else ""


def start_origins(project: Project, app: AppServer) -> set[str]:
    """What starts a server: "dockerfile", "compose", "procfile", "systemd", ..."""
    return {c.origin for c in project.repository.commands if c.where == app.where}
