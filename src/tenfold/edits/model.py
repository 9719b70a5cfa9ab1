"""Changes to files, as values. A practice's `fix(finding, project)` yields them; nothing is touched.

A practice knows facts, not bytes: it names WHAT shall be so, and the edits room finds the place in the
file when the plan is made (`tenfold.edits.apply.plan`). All changes of one `fix` call stand or fall
together. Everything keeps the file's formatting, quotes, line endings, BOM and encoding, and is
idempotent: what is already so is left alone. What cannot be done exactly raises EditError while
planning, and the finding is left to be mended by hand; the resulting file must still parse.

Which one to yield:

    SetSetting("config/settings.py", "DEBUG", "False")               value of a setting; added when absent
    SetKey("config/settings.py", ("DATABASES", "default", "CONN_MAX_AGE"), "60")   key at any depth
    RemoveKey(path, ("DATABASES", "default", "AUTOCOMMIT"))          dict key or dict(...) keyword
    RemoveSetting(path, "STATICFILES_STORAGE")                       the whole statement
    InsertItem(path, "MIDDLEWARE", "whitenoise...", after="django.middleware.security.SecurityMiddleware")
    RemoveItem(path, "INSTALLED_APPS", "debug_toolbar")              comments around it stay
    RemoveElement(path, "TEMPLATES", "django.template.backends.jinja2.Jinja2")     the dict that holds the string
    WrapValue(path, ("SECRET_KEY",), 'os.environ.get("SECRET_KEY", ', ")")
    SetKeyword(path, line, "name", '"shop-list"')                    keyword of the call on a line
    RemoveKeyword(path, line, "debug")
    AddImport(path, "import os")                                     sorted in; skipped when there
    AppendLines(".gitignore", (".env",))                             makes the file when absent
    ReplaceText("Dockerfile", 12, "runserver", "gunicorn config.wsgi")   exact text on a line
    InsertLines("nginx.conf", 8, ("    gzip on;",))                  below a line
    RemoveLines("Procfile", 3)                                       one line, or several
    CreateFile(".env.example", "SECRET_KEY=\n")
    UpgradeDjango("shop/views.py", "5.2")                            code that an older Django needed, rewritten
    Edit(path, start, end, text)                                     bytes, when an offset is known

- `value`, `before` and `after` of WrapValue are Python source; `item` is the string itself (quoted in the
  file's style). Several lines are welcome: give them indented from column 0.
- `line` picks the statement that spans that line: give the finding's whenever the fact has one. Without
  it the last unconditional assignment of the module is meant, and a setting that a later branch sets anew,
  or that only a branch or a class sets, is refused.
- Lines are those of the file as it was read, whatever other changes are planned for it.
- A `fix` with an import and a setting yields both: `yield AddImport(...)` and `yield SetSetting(...)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = "str | int"
"""A dict's string key or a list's index."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace bytes [start, end) of `path` (relative to the project's root) by `text`.

    Offsets count bytes of the file as it stands on disk; start == end inserts.
    """

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, order=True)
class CreateFile:
    """Make a file that does not exist yet, with its folders."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class SetSetting:
    """`name = value` at module level: the value is replaced, or the statement added.

    Added below the assignment of `after` when that is there, else at the end of the file (above a last
    `from .local import *`), under `comment` lines (without their "# ").
    """

    path: str
    name: str
    value: str
    comment: str = ""
    after: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class RemoveSetting:
    """The statement that assigns `name`, with the comment at its end."""

    path: str
    name: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class SetKey:
    """The entry `keys` (setting first) inside nested dict literals or `dict(...)` calls.

    Missing dicts on the way are made. A value that is no literal (`env.db()`) gets the statement
    `NAME["default"]["KEY"] = value` below it instead.
    """

    path: str
    keys: tuple[Key, ...]
    value: str
    comment: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class RemoveKey:
    path: str
    keys: tuple[Key, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class InsertItem:
    """The string `item` in the list or tuple `name` (or the one at `inside` in it).

    Placed before or after a named item, `first`, else last.
    """

    path: str
    name: str
    item: str
    before: str = ""
    after: str = ""
    first: bool = False
    inside: tuple[Key, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class RemoveItem:
    """The string `item` out of the list `name`, from its unconditional statements or from `line`."""

    path: str
    name: str
    item: str
    inside: tuple[Key, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class RemoveElement:
    """The one element of the list `name` (or of the one at `inside` in it) that holds the string `holding`
    at any depth: an entry of TEMPLATES by its backend. Several are refused."""

    path: str
    name: str
    holding: str
    inside: tuple[Key, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class WrapValue:
    """Source put around the value at `keys`: `before` + value + `after`."""

    path: str
    keys: tuple[Key, ...]
    before: str
    after: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class SetKeyword:
    """Keyword argument of the call that begins on `line`; `call` is its name's end when several do."""

    path: str
    line: int
    keyword: str
    value: str
    call: str = ""


@dataclass(frozen=True, slots=True)
class RemoveKeyword:
    path: str
    line: int
    keyword: str
    call: str = ""


@dataclass(frozen=True, slots=True)
class AddImport:
    """One import statement: "import os", "from pathlib import Path"."""

    path: str
    statement: str


@dataclass(frozen=True, slots=True)
class AppendLines:
    """Lines at the end of a text file, each only when it is not there; the file is made when absent.

    `block=True` appends them as a whole after an empty line (a TOML table), unless all stand together.
    """

    path: str
    lines: tuple[str, ...]
    block: bool = False


@dataclass(frozen=True, slots=True)
class ReplaceText:
    """The first `old` that begins on `line` becomes `new`. Any text file."""

    path: str
    line: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class InsertLines:
    """Lines below `line` (0: at the top), unless they already stand there. Give their indentation."""

    path: str
    line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveLines:
    """Whole lines `line` to `last` (0: only `line`)."""

    path: str
    line: int
    last: int = 0


@dataclass(frozen=True, slots=True)
class UpgradeDjango:
    """A Python file as django-upgrade rewrites it for Django `version` ("5.2") and newer."""

    path: str
    version: str


Change: TypeAlias = (
    Edit
    | CreateFile
    | SetSetting
    | RemoveSetting
    | SetKey
    | RemoveKey
    | InsertItem
    | RemoveItem
    | RemoveElement
    | WrapValue
    | SetKeyword
    | RemoveKeyword
    | AddImport
    | AppendLines
    | ReplaceText
    | InsertLines
    | RemoveLines
    | UpgradeDjango
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Changes that stand or fall together: one `fix` of one finding. `title` names it to people."""

    title: str
    changes: tuple[Change, ...]
