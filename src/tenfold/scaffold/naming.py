"""Which names a new project can bear: each refusal says why, and names one that would do."""

from __future__ import annotations

import keyword
import re
import sys
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

LONGEST = 30
"""Letters: a user of Linux has up to 32, and lines of code with the name stay as the formatter wants them."""
_PLAIN = re.compile(r"[a-z](?:_?[a-z0-9])*")
_DJANGO = frozenset({"django", "django_tenfold", "test", "tests", "settings", "urls", "admin", "auth"})
"""Django's own name, and what its commands take for something else."""
_MADE = frozenset({"build", "deploy", "media"})
"""Folders that appear in the project later."""


def refuse_name(
    name: str, *, own: Collection[str], brought: Collection[str], is_installed: Callable[[str], bool]
) -> None:
    """Raises TenfoldError for a name that cannot be the project's package.

    `own` are the names of what else stands in the project's folder, `brought` those of the packages that it
    installs; `is_installed` tells whether a module of that name can be imported here.
    """
    if not _PLAIN.fullmatch(name) or len(name) > LONGEST:
        raise _refusal(
            name,
            f"It names a Python package, a user and a database: up to {LONGEST} small letters, digits and single"
            " underscores between them, a letter first.",
            _repair(name),
        )
    if why := _taken(name, own=own, brought=brought, is_installed=is_installed):
        raise _refusal(name, why, f"{name[: LONGEST - 5]}_site")


def _taken(
    name: str, *, own: Collection[str], brought: Collection[str], is_installed: Callable[[str], bool]
) -> str:
    """What the name means already, "" for nothing."""
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return f'"{name}" is a word of Python itself.'
    if name in sys.stdlib_module_names:
        return f'"{name}" is a module of Python\'s standard library, which the project would hide or be hidden by.'
    if name in _DJANGO:
        return f'"{name}" means something else to Django.'
    if name in own or name in _MADE:
        return f'"{name}" is another part of the project\'s folder.'
    if name in brought or is_installed(name):
        return f'"{name}" is an installed package, which the project would hide or be hidden by.'
    return ""


def _refusal(name: str, why: str, suggestion: str) -> TenfoldError:
    shown = name.encode("unicode_escape").decode()
    return TenfoldError(
        f'A project cannot be called "{shown}".', why=why, next_step=f"For example: tenfold new {suggestion}"
    )


def _repair(name: str) -> str:
    """A name of the allowed form that is as near as can be."""
    words = re.findall(r"[a-z0-9]+", name.rpartition("/")[2].lower())
    near = "_".join(words)[:LONGEST].strip("_")
    if near[:1].isdigit():
        near = f"site_{near}"[:LONGEST].strip("_")
    return near or "my_site"
