"""django-configurations: `values.BooleanValue(True)` in a class reads `DJANGO_<NAME>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.libraries.casts import apply_cast
from tenfold.project.readers.settings_evaluator.libraries.urls import url_entries
from tenfold.project.readers.settings_evaluator.objects import LibraryObject
from tenfold.project.settings_values import MISSING, Entries, FromEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.model import Location
    from tenfold.project.readers.settings_evaluator.objects import Call
    from tenfold.project.readers.settings_evaluator.session import Session

_CASTS = {
    "Value": "str",
    "BooleanValue": "bool",
    "IntegerValue": "int",
    "PositiveIntegerValue": "int",
    "FloatValue": "float",
    "DecimalValue": "float",
    "ListValue": "list",
    "TupleValue": "list",
    "SetValue": "list",
    "DictValue": "dict",
    "SecretValue": "str",
    "EmailValue": "str",
    "URLValue": "url",
    "IPValue": "str",
    "RegexValue": "str",
    "PathValue": "path",
    "BackendsValue": "list",
    "ImportedClassesValue": "list",
    "DatabaseURLValue": "db_url",
    "CacheURLValue": "cache_url",
    "EmailURLValue": "email_url",
    "SearchURLValue": "search_url",
}
_VARIABLES = {"db_url": "DATABASE_URL", "cache_url": "CACHE_URL", "email_url": "EMAIL_URL"}


def _make(kind: str) -> Callable[[Call], LibraryObject]:
    def handle(call: Call) -> LibraryObject:
        default = MISSING if kind == "SecretValue" else call.argument(0, "default", None)
        return LibraryObject("configurations", {"kind": kind, "default": default, **call.keywords})

    return handle


def settle(value: LibraryObject, name: str, *, session: Session, where: Location) -> Any:
    """The value of a class attribute `name = values.XValue(...)`."""
    state = value.state
    cast = _CASTS[state["kind"]]
    if state.get("environ") is False:
        return state["default"]
    prefix = "" if cast in _VARIABLES else state.get("environ_prefix", "DJANGO")
    label = state.get("environ_name") or _VARIABLES.get(cast, name)
    variable = f"{prefix}_{label}" if prefix else label
    session.note_variable(variable, where)
    read = FromEnvironment(variable, state["default"])
    if cast == "email_url":
        return url_entries(read, cast, where=where)
    if cast in _VARIABLES:
        alias = state.get("alias", "default")
        return Entries({alias: url_entries(read, cast, where=where)}, places={alias: where})
    return apply_cast(read, cast)


def _call(value: LibraryObject, _: str, call: Call) -> Any:
    return call.untold() if value.kind else None


KNOWN: dict[str, Callable[[Call], Any]] = {
    f"{module}.{kind}": _make(kind) for kind in _CASTS for module in ("configurations.values", "values")
}
OBJECTS: dict[str, Callable[[LibraryObject, str, Call], Any]] = {"configurations": _call}
