"""A plan as JSON and back: frozen dataclasses, tuples and plain values, by their declared types."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from tenfold.errors import TenfoldError
from tenfold.stack import plan, service
from tenfold.stack.plan import VERSION, StackPlan

_NAMES = {**vars(service), **vars(plan), "Mapping": Mapping}
_PROBES = {kind.__name__: kind for kind in typing.get_args(service.Probe)}


def encode_plan(one: StackPlan) -> str:
    """The plan as JSON text."""
    data = asdict(one)
    for entry, made in zip(data["services"], one.services, strict=True):
        entry["ready"]["probe"] = type(made.ready).__name__
    return json.dumps(data, indent=1, sort_keys=True)


def decode_plan(text: str) -> StackPlan:
    """The plan out of its JSON. Raises TenfoldError for another version's file or a spoilt one."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}")
        made: StackPlan = _build(StackPlan, data)
    except (ValueError, KeyError, TypeError) as error:
        raise TenfoldError(
            "The plan of the running stack cannot be read.",
            why=f"plan.json: {error}",
            next_step="`tenfold down` stops the stack; `tenfold up` writes a new plan.",
        ) from error
    return made


def _build(kind: Any, data: Any) -> Any:
    if kind is service.Probe:
        return _build(_PROBES[data["probe"]], {k: v for k, v in data.items() if k != "probe"})
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if data is None else _build(next(a for a in arguments if a is not type(None)), data)
    if origin is tuple:
        inner = arguments[:1] * len(data) if arguments[-1] is Ellipsis else arguments
        return tuple(_build(one, item) for one, item in zip(inner, data, strict=True))
    if origin is Mapping:
        return {str(key): _build(arguments[1], value) for key, value in data.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        hints = typing.get_type_hints(kind, _NAMES)
        known = {one.name for one in fields(kind)}
        return kind(**{key: _build(hints[key], value) for key, value in data.items() if key in known})
    return data
