"""Reads the configuration out of pyproject.toml or tenfold.toml, every key and value checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tenfold.config.option import list_options
from tenfold.config.project import Config, PathOverride
from tenfold.config.up import UpConfig
from tenfold.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tenfold.config.option import Documented


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
    known = {one.name: one for one in list_options(of)}
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


def _read_address(value: object, one: Documented, origin: _Origin) -> str:
    text = _read_string(value, one, origin)
    host, _, port = text.rpartition(":")
    if text and not (host and port.isdecimal() and 0 < int(port) < 65_536):
        raise _wrong(one, value, origin, expected="HOST:PORT")
    return text


def _read_strings(value: object, one: Documented, origin: _Origin) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(one, value, origin, expected="a list of strings")
    if one.choices and not {*value} <= {*one.choices}:
        raise _wrong(one, value, origin, expected="a list of " + ", ".join(one.choices))
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
    "address": _read_address,
    "strings": _read_strings,
    "paths": _read_paths,
    "severities": _read_severities,
    "overrides": _read_overrides,
    "integer": _read_integer,
    "number": _read_number,
    "words": _read_words,
    "up": _read_up,
}
