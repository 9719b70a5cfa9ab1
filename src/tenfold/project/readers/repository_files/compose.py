"""Compose files: services with their lines, and what each one starts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.readers.repository_files.documents import Yaml
from tenfold.project.readers.repository_files.shell_tokens import split_words
from tenfold.project.repository import ComposeService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MAXIMUM_EXTENDS = 8
_SOURCE_MOUNT = re.compile(
    r"(?:\.{1,2}|\$\{?PWD\}?|\.\.?/(?!.*\.(?:conf|ya?ml|ini|sql|env|toml|json|sh|crt|pem)\b)[^:]*):/"
)
_DATA_FOLDER = re.compile(
    r"(?:^|[/._-])(?:data|media|static\w*|logs?|backups?|volumes?|uploads?|db|postgres\w*|pgdata|certs?|ssl|conf|config|nginx|"
    r"redis|tmp|storage|secrets?|assets|dumps?|init\w*|templates?)(?:$|[/._-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Started:
    """What a compose service adds to its facts: its start as written, and signs of development."""

    service: ComposeService
    command: tuple[str, ...] | None
    command_where: Location
    entrypoint: tuple[str, ...] | None
    entrypoint_where: Location
    target: str
    context: str
    env_files: tuple[str, ...]
    mounts_source: bool


def read_compose(
    document: Yaml, path: str, *, open_services: Callable[[str], Yaml] = lambda path: Yaml()
) -> tuple[Started, ...]:
    """Every service of a compose file; `open_services` gives those of another file that one extends."""
    services = services_of(document)
    return tuple(
        _read_service(
            name,
            line,
            Facts(tuple(_follow_extends(value, services, path, open_services=open_services))),
            path=path,
        )
        for name, line, value in services.items()
        if value.is_mapping
    )


def services_of(document: Yaml) -> Yaml:
    """The mapping of services: below `services`, or the whole file in compose's first version."""
    services = document.get("services")
    first = not services and "version" not in document.pairs() and _is_first_version(document)
    return document if first else services


def _is_first_version(document: Yaml) -> bool:
    values = [value for _, _, value in document.items()]
    return bool(values) and all(v.get("image") or v.get("build") for v in values)


@dataclass(frozen=True, slots=True)
class Facts:
    """One service, then what it extends, nearest first."""

    chain: tuple[Yaml, ...]

    def get(self, key: str) -> Yaml:
        return next((found for value in self.chain if (found := value.get(key))), Yaml())


def _follow_extends(
    value: Yaml, services: Yaml, path: str, *, open_services: Callable[[str], Yaml]
) -> Iterator[Yaml]:
    """The service, then what it extends, in this file or in others (paths in those are taken as if they
    stood here)."""
    for _ in range(MAXIMUM_EXTENDS):
        if not value:
            return
        yield value
        extends = value.get("extends")
        file = extends.get("file").text
        if file:
            path = _join(path.rpartition("/")[0], file)
            services = open_services(path)
        value = services.get(extends.text or extends.get("service").text)


def _read_service(name: str, line: int, facts: Facts, *, path: str) -> Started:
    build = facts.get("build")
    context = build.text or build.get("context").text
    folder = path.rpartition("/")[0]
    environment: dict[str, str] = {}
    for value in reversed(facts.chain):
        environment.update(read_environment(value.get("environment")))
    service = ComposeService(
        name=name,
        where=Location(path, line),
        image=facts.get("image").text,
        build=_dockerfile_path(build, context, folder) if build else "",
        environment=environment,
        ports=tuple(_read_port(port) for port in facts.get("ports").parts()),
        replicas=_read_replicas(facts),
        restart=facts.get("restart").text or facts.get("deploy").get("restart_policy", "condition").text,
        healthcheck=_has_healthcheck(facts.get("healthcheck")),
        keys=tuple(facts.chain[0].pairs()),
    )
    return Started(
        service=service,
        command=_read_command(facts.get("command")),
        command_where=Location(path, facts.get("command").text_line or line),
        entrypoint=_read_command(facts.get("entrypoint")),
        entrypoint_where=Location(path, facts.get("entrypoint").text_line or line),
        target=build.get("target").text,
        context=_join(folder, context or "."),
        env_files=tuple(
            _join(folder, file.text or file.get("path").text) for file in facts.get("env_file").parts()
        ),
        mounts_source=any(is_source_mount(volume) for volume in facts.get("volumes").parts()),
    )


def read_environment(value: Yaml) -> Mapping[str, str]:
    """A map or a list of `NAME=value`; a name alone (taken from the host) is left out."""
    if value.is_mapping:
        return {name: item.text for name, _, item in value.items()}
    pairs = (text.partition("=") for text in value.texts())
    return {name: text for name, equals, text in pairs if equals}


def is_source_mount(volume: Yaml) -> bool:
    """Whether a volume puts a folder of the source over the image's: `.:/app`, `./shop:/code/shop`."""
    text = volume.text or f"{volume.get('source').text}:{volume.get('target').text}"
    if volume.is_mapping and volume.get("type").text not in ("bind", ""):
        return False
    host = text.partition(":")[0]
    return bool(_SOURCE_MOUNT.match(text)) and not _DATA_FOLDER.search(host)


def _read_port(port: Yaml) -> str:
    if port.is_mapping:
        return f"{port.get('published').text}:{port.get('target').text}".strip(":")
    return port.text


def _read_replicas(facts: Facts) -> int | None:
    text = facts.get("deploy").get("replicas").text or facts.get("scale").text
    match = re.fullmatch(r"(?:\$\{\w+:?-)?(\d{1,6})\}?", text)
    return int(match[1]) if match else None


def _has_healthcheck(value: Yaml) -> bool:
    return bool(value) and value.get("disable").text != "true" and value.get("test").texts() != ("NONE",)


def _read_command(value: Yaml) -> tuple[str, ...] | None:
    """Compose splits a string into words itself: no shell runs it."""
    if not value:
        return None
    if value.is_list:
        return tuple(text.replace("$$", "$") for text in value.texts())
    return split_words(value.text.replace("$$", "$"))


def _dockerfile_path(build: Yaml, context: str, folder: str) -> str:
    if build.get("dockerfile_inline") or "://" in context or context.startswith("git@"):
        return ""
    return _join(_join(folder, context or "."), build.get("dockerfile").text or "Dockerfile")


def _join(folder: str, path: str) -> str:
    parts = [part for part in folder.split("/") if part]
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
