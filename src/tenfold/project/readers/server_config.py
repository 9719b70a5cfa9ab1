"""Reads how the application servers and proxies are configured: command lines and files, merged."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.purpose import purpose_of
from tenfold.project.readers.server_files import asgi, gunicorn, uwsgi
from tenfold.project.readers.server_files.nginx import read_nginx
from tenfold.project.readers.server_files.proxies import find_other_proxies
from tenfold.project.readers.text import read_text
from tenfold.project.servers import AppServer, Servers
from tenfold.project.settings import MISSING, Possible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tenfold.project.files import Files
    from tenfold.project.repository import Command, Repository
    from tenfold.project.source import Source

_PROGRAMS = {
    "gunicorn": "gunicorn",
    "uwsgi": "uwsgi",
    "uvicorn": "uvicorn",
    "daphne": "daphne",
    "granian": "granian",
    "hypercorn": "hypercorn",
    "waitress-serve": "waitress",
    "mod_wsgi-express": "mod_wsgi",
}
_ENDS = frozenset({"&&", "||", "|||", "|", ";", "&", ">", ">>", "2>&1"})
_INSTALLERS = frozenset(
    {"install", "add", "apt-get", "apk", "which", "pkill", "killall", "echo", "test", "-v"}
)


@dataclass(frozen=True)
class _File:
    """One configuration file as options; `complete` False when it takes in what is not there."""

    path: str
    options: Mapping[str, tuple[Possible, ...]]
    complete: bool = True


@dataclass
class _Found:
    """Configuration files read so far, by kind of server, with the problems they gave."""

    gunicorn: dict[str, _File] = field(default_factory=dict)
    uwsgi: dict[str, _File] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_servers(
    root: Path, files: Files, source: Source, repository: Repository
) -> tuple[Servers, tuple[Problem, ...]]:
    """Application servers as production starts them, nginx configurations, and other proxies.

    A configuration file that no start command names is a server of its own, with `service` "".
    """
    commands = list(_server_commands(repository))
    found = _read_config_files(root, files, source, commands)
    apps = [_make_server(kind, words, command, files=files, found=found) for kind, words, command in commands]
    used = {app.config_path for app in apps}
    apps.extend(_lone_server(kind, file) for kind, file in _lone_files(found) if file.path not in used)
    nginx, problems = read_nginx(root, files)
    proxies = find_other_proxies(root, files)
    return Servers(tuple(apps), nginx, proxies), (*found.problems, *problems)


def _server_commands(repository: Repository) -> Iterator[tuple[str, tuple[str, ...], Command]]:
    """(kind, words after the program's name, command) of every command that starts an application server."""
    for command in repository.commands:
        if command.phase == "build" or (command.role not in ("web", "") and command.origin != "ci"):
            continue
        index = next((i for i, word in enumerate(command.words) if _base_name(word) in _PROGRAMS), None)
        if index is None or _INSTALLERS.intersection(command.words[:index]):
            continue
        if command.role != "web" and index and not _is_wrapped(command.words[:index]):
            continue
        rest = command.words[index + 1 :]
        end = next((i for i, word in enumerate(rest) if word in _ENDS), len(rest))
        yield _PROGRAMS[_base_name(command.words[index])], rest[:end], command


def _base_name(word: str) -> str:
    return word.rpartition("/")[2]


def _is_wrapped(words: Sequence[str]) -> bool:
    """`python -m`, `uv run`, `poetry run`, `exec` and the like before the server's name."""
    return words[-1] in ("-m", "run", "exec", "--", "run-program") or _base_name(words[0]) in (
        "ddtrace-run",
        "opentelemetry-instrument",
        "dumb-init",
        "tini",
        "gosu",
        "su-exec",
    )


def _read_config_files(
    root: Path, files: Files, source: Source, commands: Sequence[tuple[str, tuple[str, ...], Command]]
) -> _Found:
    found = _Found()
    named = {
        path
        for kind, words, _ in commands
        if kind == "gunicorn" and (path := _resolve(_gunicorn_config(words), files))
    }
    for path in sorted({*named, *_gunicorn_files(files, source)}):
        _read_gunicorn_file(root, path, found, named=path in named)
    for file in files.named("*.ini", "*uwsgi*.yml", "*uwsgi*.yaml", "*uwsgi*.xml"):
        _read_uwsgi_file(root, file.path, found)
    return found


def _gunicorn_config(words: Sequence[str]) -> str:
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        if word in ("-c", "--config"):
            return following
        if word.startswith(("--config=", "-c")):
            return word.removeprefix("--config=").removeprefix("-c")
    return ""


def _gunicorn_files(files: Files, source: Source) -> Iterator[str]:
    """Files named as gunicorn's configuration, and modules that set what only gunicorn knows."""
    for file in files.named("gunicorn*.py", "*.gunicorn.py", "gunicorn*.conf", "*gunicorn*conf*.py"):
        if "/templates/" not in file.path:
            yield file.path
    for module in source:
        likely = module.path.endswith(".py") and "bind" in module.bound
        if likely and gunicorn.looks_like_config(frozenset(module.bound)):
            yield module.path


def _read_gunicorn_file(root: Path, path: str, found: _Found, *, named: bool) -> None:
    text = read_text(root, path)
    if isinstance(text, Problem):
        found.problems.append(text)
        return
    try:
        options, complete = gunicorn.read_config_file(text, path)
    except SyntaxError as error:
        if named or path.endswith(".py"):
            where = Location(path, error.lineno or 0)
            what = f"is no valid gunicorn configuration: {error.msg}"
            found.problems.append(Problem(where, what, "gunicorn would not start: correct this line."))
        return
    if options:
        found.gunicorn[path] = _File(path, options, complete)


def _read_uwsgi_file(root: Path, path: str, found: _Found) -> None:
    text = read_text(root, path)
    if isinstance(text, Problem):
        found.problems.append(text)
        return
    read = {"ini": uwsgi.read_ini, "xml": uwsgi.read_xml}.get(path.rpartition(".")[2], uwsgi.read_yaml)
    if options := read(text, path):
        found.uwsgi[path] = _File(path, options, complete=not {"ini", "inherit", "include"} & set(options))


def _resolve(written: str, files: Files) -> str:
    """The repository's path of a file as a command names it (`/app/wsgi/config.py`), "" when not there."""
    written = written.removeprefix("file:")
    if written.startswith("python:"):
        written = written.removeprefix("python:").replace(".", "/") + ".py"
    parts = [part for part in re.split(r"/+", written) if part not in ("", ".", "..")]
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        if end in files:
            return end
        matches = [file.path for file in files.all if file.path.endswith(f"/{end}")]
        if len(matches) == 1:
            return matches[0]
    return ""


def _make_server(
    kind: str, words: tuple[str, ...], command: Command, *, files: Files, found: _Found
) -> AppServer:
    given = _read_words(kind, words, command)
    file, complete = _config_file(kind, given, files=files, found=found)
    options = dict(_from_file(file, command.environment)) if file else {}
    if kind == "gunicorn":
        options = {**gunicorn.read_defaults(command.where, command.environment), **options}
    return AppServer(
        kind=kind,
        where=command.where,
        service=command.service,
        purpose=command.purpose,
        options={**options, **given},
        config_path=file.path if file else "",
        complete=complete and not any(word.startswith(("$@", "$*", "$1")) for word in words),
    )


def _read_words(kind: str, words: tuple[str, ...], command: Command) -> dict[str, tuple[Possible, ...]]:
    if kind == "gunicorn":
        return gunicorn.read_command_line(words, command.where, command.environment)
    if kind == "uwsgi":
        return uwsgi.read_command_line(words, command.where, command.environment)
    if kind in asgi.GRAMMARS:
        return asgi.read_command_line(kind, words, command.where, command.environment)
    return {}


def _config_file(
    kind: str, given: Mapping[str, tuple[Possible, ...]], *, files: Files, found: _Found
) -> tuple[_File | None, bool]:
    """(the file that the command uses, whether all of it is known)."""
    if kind not in ("gunicorn", "uwsgi"):
        return None, "config" not in given
    known = found.gunicorn if kind == "gunicorn" else found.uwsgi
    names = ("config",) if kind == "gunicorn" else ("config", "ini", "yaml", "yml", "xml")
    written = [possible for name in names for possible in given.get(name, ())]
    if written:
        path = _resolve(str(written[-1].value), files)
        file = known.get(path)
        return file, file is not None and file.complete
    if kind == "gunicorn":
        default = [path for path in known if path.rpartition("/")[2] == "gunicorn.conf.py"]
        if len(default) == 1:
            return known[default[0]], known[default[0]].complete
    return None, True


def _from_file(file: _File, environment: Mapping[str, str]) -> Iterator[tuple[str, tuple[Possible, ...]]]:
    """The file's options, with numbers filled from the environment that the command is started in."""
    for name, values in file.options.items():
        yield name, tuple(_fill(possible, environment) for possible in values)


def _fill(possible: Possible, environment: Mapping[str, str]) -> Possible:
    text = environment.get(possible.variable, "") if possible.variable else ""
    if not text.isdigit() or not (possible.value is MISSING or isinstance(possible.value, int)):
        return possible
    return Possible(int(text), possible.where, possible.condition, possible.variable)


def _lone_files(found: _Found) -> Iterator[tuple[str, _File]]:
    yield from (("gunicorn", file) for file in found.gunicorn.values())
    yield from (("uwsgi", file) for file in found.uwsgi.values())


def _lone_server(kind: str, file: _File) -> AppServer:
    return AppServer(
        kind, Location(file.path), "", purpose_of(file.path), file.options, file.path, file.complete
    )
