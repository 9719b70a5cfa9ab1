"""Reading variables with environs, and keeping what is wrong with them until all have been read.

environs itself collects errors when it is told not to be eager, but hands None to the settings in the meantime,
which then fail on that None; and an unreadable `_FILE` raises at once. Hence it reads eagerly here, and each
error is caught where it happens. https://github.com/sloria/environs
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv, ValidationError

from django_tenfold.conf.processes import detect_role, detect_server
from django_tenfold.conf.variables import ABSENT, MalformedError, Problem, explain_problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.conf.variables import Variable

_WORDS = ("true", "1", "yes", "on", "t", "y")
BUILD = "TENFOLD_BUILD"
"""Switches what is missing to placeholders for good: for `collectstatic` in the build of an image, which has no
secrets yet. They do not serve: the key is another one in each process, and the database a dummy."""
_KEEPS_EMPTY = ("str", "list", "dict", "secret")
"""Kinds for which an empty value is one; to the others it means "not set", as `.env` files write it."""


class Reader:
    """The variables that were read, their values' source, and what is wrong with them so far."""

    def __init__(self, *, file: str | Path | None, prefix: str, debug: str) -> None:
        self.environs = FileAwareEnv(strip_whitespace=True, prefix=prefix or None)
        if file is not None:
            self.environs.read_env(str(file), recurse=False)
        self.prefix = prefix
        self.debug = debug
        self.variables: dict[str, Variable] = {}
        self.problems: dict[str, Problem] = {}
        self.sealed = False

    def check(self) -> None:
        """Raises ImproperlyConfigured that lists every problem; what is read from then on raises its own at once."""
        self.sealed = True
        building = (self.raw(BUILD) or "").strip().lower() in _WORDS and _is_command()
        found = [one for one in self.problems.values() if not (building and one.missing)]
        if found:
            raise ImproperlyConfigured(explain_problems(found))

    @property
    def development(self) -> bool:
        """Whether the variable that switches DEBUG is on."""
        return (self.raw(self.prefix + self.debug) or "").strip().lower() in _WORDS

    def raw(self, name: str) -> str | None:
        """The text of a variable of the process or of the file."""
        return os.environ.get(name, self.environs._environ.get(name))

    def read(
        self,
        variable: Variable,
        parse: Callable[[], Any],
        *,
        default: Any = ABSENT,
        development: Any = ABSENT,
        placeholder: Any = None,
    ) -> Any:
        """The variable's value; its default; or a placeholder, with the problem noted."""
        self.variables[variable.name] = variable
        if what := self._refuse_source(variable.name):
            return self.note(variable, what, placeholder)
        if not self._is_set(variable):
            if development is not ABSENT and self.development:
                return development() if callable(development) else development
            if default is not ABSENT:
                return default
            what = "is empty" if self.raw(variable.name) is not None else "is not set"
            return self.note(variable, what, placeholder, missing=True)
        try:
            return parse()
        except (MalformedError, EnvError, ValidationError) as error:
            return self.note(variable, _reason(error, variable), placeholder)

    def _refuse_source(self, name: str) -> str:
        """What is wrong with where the value comes from."""
        path = self.raw(f"{name}_FILE")
        if not path:
            return ""
        if self.raw(name):
            return f"is set, and {name}_FILE as well: one of the two must go"
        try:
            Path(path).read_text(encoding="utf-8")
        except OSError as error:
            return f"cannot be read from the file that {name}_FILE names ({error.strerror})"
        except ValueError:
            return f"cannot be read from the file that {name}_FILE names (it is no UTF-8 text)"
        return ""

    def _is_set(self, variable: Variable) -> bool:
        if self.raw(f"{variable.name}_FILE"):
            return True
        text = self.raw(variable.name)
        if text is None:
            return False
        return bool(text.strip()) or (variable.kind in _KEEPS_EMPTY and not variable.required)

    def note(self, variable: Variable, what: str, placeholder: Any = None, *, missing: bool = False) -> Any:
        """Keeps the problem and gives the placeholder; once checked, raises ImproperlyConfigured."""
        self.problems[variable.name] = Problem(variable, what, missing)
        if self.sealed:
            self.check()
        return placeholder() if callable(placeholder) else placeholder


def _is_command() -> bool:
    """Whether this process neither serves nor works: a variable that was left in an image must not start one."""
    return detect_role(server=detect_server()) == "command"


def _reason(error: Exception, variable: Variable) -> str:
    if isinstance(error, MalformedError):
        return str(error)
    messages = getattr(error, "messages", None) or getattr(error, "error_messages", None) or ()
    words = [str(one) for one in messages] if isinstance(messages, list) else []
    told = " ".join(words).strip().rstrip(".")
    if variable.secret or not told:
        return "cannot be read"
    return f"is wrong: {told[0].lower()}{told[1:]}"
