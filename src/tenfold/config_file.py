"""The TOML file that holds the configuration: its table, and the line of each key for messages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenfold.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Origin:
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
            elif inside and stripped.partition("=")[0].strip(" \"'") == key:
                return f"{self.name}:{number}"
        return f"{self.name}:{table_line}" if table_line else self.name


def read_table(path: Path, header: str) -> dict[str, Any] | None:
    """The file's table, None when the file or the table is not there."""
    if not path.is_file():
        return None
    try:
        data: Any = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        if header and b"tool.tenfold" not in path.read_bytes():
            return (
                None  # the dependency reader reports a broken pyproject.toml; it is no configuration of ours
            )
        raise ConfigError(
            f"{path.name} is no valid TOML.", why=str(error), next_step="Mend the line that it names."
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{path.name} cannot be read.", why=str(error), next_step="Allow reading it."
        ) from error
    for part in header.split(".") if header else ():
        data = data.get(part)
        if data is None:
            return None
        if not isinstance(data, dict):
            raise ConfigError(
                f"{path.name}: [{header}] must be a table.", next_step=f"Write it as [{header}] with keys."
            )
    return dict(data)
