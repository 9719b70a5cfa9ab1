"""Facts of the environment variables that production's settings read, as a person who sets them needs to know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.project.model import Location

_SECRET = re.compile(
    r"(?:^|_)(?:SECRET|PASSWORD|PASSWD|PASS|PWD|TOKEN|CREDENTIALS?|PRIVATE|APIKEY|DSN|SALT)(?:_|$)|(?:^|_)KEY(?:_BASE)?$"
)
_PUBLIC = re.compile(r"PUBLIC|PUBLISHABLE|SITE_KEY|KEY_PREFIX|TOKEN_(?:AGE|TTL|LIFETIME|URL)|PASSWORD_RESET")


@dataclass(frozen=True, slots=True)
class DocumentedVariable:
    """One variable. `default` is the text that stands for its default, None when it has none or it is computed."""

    name: str
    required: bool
    secret: bool
    """Its value is never to be written down."""
    default: str | None
    help: str
    example: str
    choices: tuple[str, ...]
    from_file: bool
    """Whether NAME_FILE may name a file that holds it."""
    kind: str
    """How it is read: "str", "bool", "list", "db_url", ..."""
    where: Location


def is_secret_name(name: str) -> bool:
    """Whether a variable of that name holds a credential."""
    return bool(_SECRET.search(name.upper())) and not _PUBLIC.search(name.upper())
