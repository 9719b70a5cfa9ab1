"""The few exceptions that reach a person: each says what, why, and what to do next."""

from __future__ import annotations


class TenfoldError(Exception):
    """Something the person who runs Tenfold can put right. Exit code 2.

    `what` is the fact, `why` its reason (may be empty), `next_step` the command or change that helps.
    """

    def __init__(self, what: str, *, why: str = "", next_step: str = "") -> None:
        self.what = what
        self.why = why
        self.next_step = next_step
        super().__init__("\n".join(part for part in (what, why, next_step) if part))


class NoProjectError(TenfoldError):
    """There is no Django project at the given path, or more than one."""


class ConfigError(TenfoldError):
    """`[tool.tenfold]` or `tenfold.toml` holds something that Tenfold does not know."""


class TopologyError(TenfoldError):
    """The numbers of a topology do not fit: a sum is larger than what there is, or wishes contradict."""


class EditError(TenfoldError):
    """An edit cannot be applied as planned (the file changed, or edits overlap)."""
