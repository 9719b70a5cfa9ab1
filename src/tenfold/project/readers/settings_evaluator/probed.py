"""Merging what the running project resolved with what was read from source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.model import Known
from tenfold.project.settings_unfolding import collect_tests
from tenfold.project.settings_values import (
    Entries,
    FromEnvironment,
    Listed,
    Reference,
    Tupled,
    Undetermined,
)

if TYPE_CHECKING:
    from tenfold.project.model import Fact
    from tenfold.project.probed import Probed
    from tenfold.project.settings import Settings
    from tenfold.project.settings_values import (
        Possible,
    )


def merge_probed(settings: Settings, probed: Fact[Probed]) -> Settings:
    """`settings` with the values that the probe proves.

    The probe runs in a developer's shell, with that shell's environment. A value is proven only where
    the source shows that no environment variable, branch or unknown part decides it; the others stay
    as read. Values that the source could not tell at all stay Undetermined for the same reason.
    """
    if not isinstance(probed, Known):
        return settings
    values = dict(settings.values)
    for name, possible in settings.values.items():
        resolved = probed.value.settings.get(name)
        if name in probed.value.settings and len(possible) == 1 and _is_fixed(possible[0].value):
            values[name] = (_proven(possible[0], resolved),)
    return replace(settings, values=values, exact=True)


def _proven(static: Possible, resolved: Any) -> Possible:
    """The value as it was read (it keeps the places of its parts), marked exact when the two agree."""
    if _agrees(static.value, resolved):
        return replace(static, exact=True)
    return static


def _is_fixed(value: Any) -> bool:
    """Whether nothing outside the source decides the value."""
    if collect_tests(value) or isinstance(value, (FromEnvironment, Undetermined, Reference)):
        return False
    if isinstance(value, (Entries, Listed, Tupled)):
        parts = value.values() if isinstance(value, Entries) else value
        return not value.open and all(_is_fixed(part) for part in parts)
    return True


def _agrees(static: Any, resolved: Any) -> bool:
    if isinstance(static, Entries):
        if not isinstance(resolved, dict) or set(map(str, static)) - set(map(str, resolved)):
            return False
        by_text = {str(key): part for key, part in resolved.items()}
        return all(_agrees(part, by_text[str(key)]) for key, part in static.items())
    if isinstance(static, (Listed, Tupled)):
        same_length = isinstance(resolved, (list, tuple)) and len(static) == len(resolved)
        return same_length and all(_agrees(a, b) for a, b in zip(static, resolved, strict=True))
    if isinstance(resolved, str) and resolved.startswith("<") and resolved.endswith(">"):
        return True
    return str(static) == str(resolved) or str(resolved).endswith(f"/{static}")
