"""Files of hosting platforms: what they run at build, release and start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.compose import read_environment
from tenfold.project.readers.repository_files.documents import (
    find_line,
    read_json,
    read_toml,
    read_yaml,
)
from tenfold.project.readers.repository_files.launch import Start, run_text, run_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tenfold.project.readers.repository_files.launch import Scripts
    from tenfold.project.repository import Command


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform file and what is needed to run its commands."""

    text: str
    path: str
    purpose: str
    scripts: Scripts

    def run(
        self,
        text: str,
        line: int,
        service: str,
        *,
        phase: str = "start",
        environment: Mapping[str, str] | None = None,
    ) -> tuple[Command, ...]:
        start = Start(
            service, "platform", self.purpose, phase, environment or {}, fixed_environment=bool(environment)
        )
        return run_text(text, Location(self.path, line), start, scripts=self.scripts) if text else ()

    def run_list(
        self, words: tuple[str, ...], line: int, service: str, *, environment: Mapping[str, str] | None = None
    ) -> tuple[Command, ...]:
        start = Start(service, "platform", self.purpose, "start", environment or {}, fixed_environment=True)
        return run_words(words, Location(self.path, line), start, scripts=self.scripts) if words else ()

    def find(self, needle: str) -> int:
        """The line of a command in the file, by its first part."""
        return find_line(self.text, needle.splitlines()[0][:60].replace('"', '\\"')) if needle else 0


def read_platform(platform: Platform) -> tuple[tuple[Command, ...], Problem | None]:
    """The commands of one platform file, by its name; () for a file of no known platform."""
    name = platform.path.rpartition("/")[2]
    for pattern, read, parse in _READERS:
        if re.fullmatch(pattern, name):
            document = parse(platform.text, platform.path)
            if isinstance(document, Problem):
                return (), document
            value = document[0] if isinstance(document, tuple) else document
            return tuple(read(value, platform)), None
    return (), None


def is_platform(name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern, _, _ in _READERS)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " && ".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _read_fly(data: Any, platform: Platform) -> Iterator[Command]:
    table = _table(data)
    environment = {k: str(v) for k, v in _table(table.get("env")).items()}
    release = _text(_table(table.get("deploy")).get("release_command"))
    yield from platform.run(
        release, platform.find(release), "release", phase="release", environment=environment
    )
    for name, command in _table(table.get("processes")).items():
        text = _text(command)
        yield from platform.run(text, platform.find(text), name, environment=environment)
    command = _table(table.get("experimental")).get("cmd")
    yield from platform.run(_text(command), find_line(platform.text, "cmd"), "app", environment=environment)


def _read_render(data: Any, platform: Platform) -> Iterator[Command]:
    for service in data.get("services").elements():
        name = service.get("name").text or service.get("type").text
        environment = {
            e.get("key").text: e.get("value").text
            for e in service.get("envVars").elements()
            if e.get("value")
        }
        for key, phase in (
            ("buildCommand", "build"),
            ("preDeployCommand", "release"),
            ("startCommand", "start"),
            ("dockerCommand", "start"),
        ):
            value = service.get(key)
            yield from platform.run(value.text, value.text_line, name, phase=phase, environment=environment)


def _read_app_json(data: Any, platform: Platform) -> Iterator[Command]:
    scripts = _table(_table(data).get("scripts"))
    for key, phase in (("postdeploy", "release"), ("predeploy", "release"), ("dokku", "release")):
        value = scripts.get(key)
        for name, text in _table(value).items() if isinstance(value, dict) else ((key, value),):
            line = find_line(platform.text, f'"{name}"')
            yield from platform.run(_text(text), line, name, phase="build" if name == "prebuild" else phase)


def _read_schedule(data: Any, platform: Platform) -> Iterator[Command]:
    """Clever Cloud's clevercloud/cron.json: a list of crontab lines."""
    for entry in data if isinstance(data, list) else ():
        parts = entry.split(None, _CRONTAB_FIELDS) if isinstance(entry, str) else []
        if len(parts) > _CRONTAB_FIELDS:
            line = find_line(platform.text, entry.replace('"', '\\"'))
            yield from platform.run(parts[_CRONTAB_FIELDS], line, "cron")


_CRONTAB_FIELDS = 5
"""Minute, hour, day of month, month and day of week stand before the command."""


def _read_heroku(data: Any, platform: Platform) -> Iterator[Command]:
    release = data.get("release", "command")
    for part in release.parts():
        yield from platform.run(part.text, part.text_line, "release", phase="release")
    for name, line, value in data.get("run").items():
        command = value.get("command") if value.is_mapping else value
        for part in command.parts():
            yield from platform.run(part.text, part.text_line or line, name)


def _read_app_yaml(data: Any, platform: Platform) -> Iterator[Command]:
    """Google App Engine's app.yaml, and the specification of DigitalOcean's App Platform."""
    environment = read_environment(data.get("env_variables"))
    entrypoint = data.get("entrypoint")
    yield from platform.run(entrypoint.text, entrypoint.text_line, "app", environment=environment)
    spec = data.get("spec") or data
    for kind in ("services", "workers", "jobs"):
        for service in spec.get(kind).elements():
            phase = "release" if kind == "jobs" else "start"
            for key, when in (("build_command", "build"), ("run_command", phase)):
                value = service.get(key)
                name = service.get("name").text or kind
                yield from platform.run(value.text, value.text_line, name, phase=when)


def _read_railway(data: Any, platform: Platform) -> Iterator[Command]:
    deploy, build = _table(_table(data).get("deploy")), _table(_table(data).get("build"))
    for value, phase in (
        (build.get("buildCommand"), "build"),
        (deploy.get("preDeployCommand"), "release"),
        (deploy.get("releaseCommand"), "release"),
        (deploy.get("startCommand"), "start"),
    ):
        text = _text(value)
        yield from platform.run(text, platform.find(text), "web", phase=phase)


def _read_nixpacks(data: Any, platform: Platform) -> Iterator[Command]:
    for phase in _table(_table(data).get("phases")).values():
        commands = _table(phase).get("cmds")
        for text in commands if isinstance(commands, list) else ():
            yield from platform.run(_text(text), platform.find(_text(text)), "build", phase="build")
    command = _text(_table(_table(data).get("start")).get("cmd"))
    yield from platform.run(command, platform.find(command), "web")


def _read_kamal(data: Any, platform: Platform) -> Iterator[Command]:
    clear = read_environment(data.get("env", "clear"))
    for name, line, role in data.get("servers").items():
        command = role.get("cmd")
        yield from platform.run(command.text, command.text_line or line, name, environment=clear)


def _read_dockerrun(data: Any, platform: Platform) -> Iterator[Command]:
    containers = _table(data).get("containerDefinitions")
    for container in containers if isinstance(containers, list) else ():
        words = _table(container).get("command")
        if isinstance(words, list):
            line = find_line(platform.text, '"command"')
            yield from platform.run_list(
                tuple(map(str, words)), line, str(_table(container).get("name", "app"))
            )


def _read_platformsh(data: Any, platform: Platform) -> Iterator[Command]:
    applications = data.get("applications")
    for app in (data, *(value for _, _, value in applications.items())):
        name = app.get("name").text or "app"
        for keys, phase in (
            (("hooks", "build"), "build"),
            (("hooks", "deploy"), "release"),
            (("web", "commands", "start"), "start"),
        ):
            value = app.get(*keys)
            yield from platform.run(value.text, value.text_line, name, phase=phase)
        for worker, _, value in app.get("workers").items():
            command = value.get("commands", "start")
            yield from platform.run(command.text, command.text_line, worker)


def _read_cron(data: Any, platform: Platform) -> Iterator[Command]:
    """Zappa, Elastic Beanstalk's container_commands: run while deploying."""
    for name, _, value in data.get("container_commands").items():
        command = value.get("command")
        yield from platform.run(command.text, command.text_line, name, phase="release")


_READERS: tuple[tuple[str, Callable[[Any, Platform], Iterator[Command]], Callable[[str, str], Any]], ...] = (
    (r"fly(?:\.[\w-]+)?\.toml", _read_fly, read_toml),
    (r"render\.ya?ml", _read_render, read_yaml),
    (r"app\.json", _read_app_json, read_json),
    (r"cron\.json", _read_schedule, read_json),
    (r"heroku\.yml", _read_heroku, read_yaml),
    (r"app\.ya?ml|deploy\.template\.yaml", _read_app_yaml, read_yaml),
    (r"railway\.toml", _read_railway, read_toml),
    (r"railway\.json", _read_railway, read_json),
    (r"nixpacks\.toml", _read_nixpacks, read_toml),
    (r"deploy\.yml|deploy\.[\w-]+\.yml", _read_kamal, read_yaml),
    (r"Dockerrun\.aws\.json", _read_dockerrun, read_json),
    (r"\.platform\.app\.yaml|\.upsun\.yaml", _read_platformsh, read_yaml),
    (r".*\.config", _read_cron, read_yaml),
)
