"""What the running project says of itself, through the probe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CheckMessage:
    """One message of Django's own `check --deploy`."""

    id: str
    level: int
    text: str
    hint: str
    object: str


@dataclass(frozen=True)
class Probed:
    """Facts from inside the project's interpreter. Raw JSON data of the models, URLs and migrations is
    turned into the same fact types as the static readers make."""

    python: str
    django: str
    executable: str
    settings_module: str
    settings: Mapping[str, object]
    """Resolved values; secrets are replaced by a description ("<str of 50 characters>")."""
    checks: tuple[CheckMessage, ...]
    installed: Mapping[str, str]
    """Distribution name (normalised) -> version."""
    raw: Mapping[str, object] = field(default_factory=dict)
