"""What REST framework's serializers read of each row: columns, related rows, nested serializers, own methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tenfold.project.model import Location
from tenfold.project.source import Invoke, Items, Name, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.querysets import Querysets
    from tenfold.project.source import Module, Source, Value

BASE = "rest_framework.serializers.BaseSerializer"
_DYNAMIC = ("get_fields", "__init__", "get_field_names")
_DEEPEST = 3


class Need(NamedTuple):
    """A related row, or many, that the serializer reads of each of its rows."""

    path: str
    """As a look-up: "author__country"."""
    many: bool
    field: str
    where: Location
    serializer: str


@dataclass(frozen=True)
class Declared:
    """One field of a serializer class."""

    name: str
    value: Invoke
    module: Module
    scope: int
    line: int

    def option(self, name: str) -> Value | None:
        return self.value.keyword(name)


class Serializers:
    """Over one project's source and models."""

    def __init__(self, source: Source, querysets: Querysets) -> None:
        self.source = source
        self.relations = querysets.relations
        self.by_dotted = {m.dotted: label for label, m in self.relations.models.items()}

    def is_serializer(self, absolute: str) -> bool:
        return BASE in self.source.ancestors(absolute)

    def line(self, absolute: str) -> tuple[str, ...]:
        return (absolute, *self.source.ancestors(absolute))

    def is_dynamic(self, absolute: str) -> bool:
        """Whether its fields, or what it makes of a row, are settled while it runs."""
        for owner in self.line(absolute):
            if any(self.source.find(f"{owner}.{name}") for name in _DYNAMIC):
                return True
            place = self.source.find(f"{owner}.to_representation")
            if place is not None:
                read = place[0].reads.get(place[1], ())
                if not any(name.endswith("super().to_representation") for name in read):
                    return True
        return False

    def model(self, absolute: str) -> str:
        """Label of `Meta.model`, "" when unknown."""
        for module, meta in self._metas(absolute):
            assigned = module.attributes(meta).get("model")
            if assigned is not None and isinstance(assigned.value, Name):
                dotted = self.source.resolve(module, assigned.value.dotted, meta)
                return self.by_dotted.get(dotted, "")
        return ""

    def _metas(self, absolute: str) -> Iterator[tuple[Module, int]]:
        for owner in self.line(absolute):
            place = self.source.find(f"{owner}.Meta")
            if place is not None:
                yield place

    def names(self, absolute: str) -> frozenset[str] | None:
        """`Meta.fields`; None for all, or when only running tells."""
        for module, meta in self._metas(absolute):
            assigned = module.attributes(meta).get("fields")
            if assigned is not None:
                found = self._texts(assigned.value, module)
                return frozenset(found) if found is not None else None
        return None

    def _texts(self, value: Value, module: Module) -> list[str] | None:
        if isinstance(value, Items):
            if not all(isinstance(each, str) for each in value.values):
                return None
            return [each for each in value.values if isinstance(each, str)]
        if isinstance(value, Operation) and value.operator == "+":
            parts = [self._texts(each, module) for each in value.values]
            known = [part for part in parts if part is not None]
            return [name for part in known for name in part] if len(known) == len(parts) else None
        if isinstance(value, Name) and value.dotted.endswith(".Meta.fields"):
            found = self.names(self.source.resolve(module, value.dotted.removesuffix(".Meta.fields")))
            return sorted(found) if found is not None else None
        return None

    def declared(self, absolute: str) -> dict[str, Declared]:
        """Fields that the class and its bases in the project declare, the nearest first."""
        found: dict[str, Declared] = {}
        gone: set[str] = set()
        for owner in self.line(absolute):
            place = self.source.find(owner)
            if place is None:
                continue
            for name, assigned in place[0].attributes(place[1]).items():
                if isinstance(assigned.value, Invoke) and name not in gone:
                    made = Declared(name, assigned.value, place[0], place[1], assigned.line)
                    found.setdefault(name, made)
                elif assigned.value is None:
                    gone.add(name)
        names = self.names(absolute)
        return {name: one for name, one in found.items() if names is None or name in names}

    def needs(self, absolute: str, model: str, depth: int = 0) -> Iterator[Need]:
        """Every relation that is read for each row of `model`."""
        declared = self.declared(absolute)
        for one in declared.values():
            if one.option("write_only") is not True:
                yield from self._needs_of(one, absolute, model, depth)
        place = self.source.find(absolute)
        names = self.names(absolute)
        if place is None or names is None:
            return
        nested = any(
            isinstance(a.value, int) and a.value > 0
            for module, meta in self._metas(absolute)
            if (a := module.attributes(meta).get("depth")) is not None
        )
        for name in sorted(names - set(declared)):
            relation = self.relations.of(model, name)
            if relation is not None and (relation.many or not relation.forward or nested):
                where = Location(place[0].path, place[0].scopes[place[1]].line)
                yield Need(name, relation.many, name, where, absolute)

    def _needs_of(self, one: Declared, absolute: str, model: str, depth: int) -> Iterator[Need]:
        kind = self.source.resolve(one.module, one.value.callee, one.scope)
        last = kind.rpartition(".")[2]
        if last == "SerializerMethodField":
            yield from self._needs_of_method(one, absolute, model)
            return
        source = one.option("source")
        path = source if isinstance(source, str) else one.name
        if (source is not None and not isinstance(source, str)) or path == "*":
            return
        parts = tuple(path.split("."))
        nested = self.is_serializer(kind)
        known = self._relations_on(parts, model)
        by_key = any(base.endswith(".PrimaryKeyRelatedField") for base in self.line(kind))
        by_key = by_key or (last == "HyperlinkedRelatedField" and one.option("lookup_field") in (None, "pk"))
        if by_key and known and not known[-1][1] and len(known) == len(parts):
            known = known[:-1]
        if last in ("HiddenField", "HyperlinkedIdentityField", "ModelField") or not known:
            return
        if len(known) < len(parts) - 1 and known[-1][1]:
            return  # a method of a manager: its own query
        where = Location(one.module.path, one.line)
        names, many = "__".join(name for name, _, _ in known), any(m for _, m, _ in known)
        yield Need(names, many, one.name, where, absolute)
        if nested and len(known) == len(parts) and depth < _DEEPEST and not self.is_dynamic(kind):
            back = self._back(parts, model)
            for inner in self.needs(kind, known[-1][2], depth + 1):
                if back and inner.path.partition("__")[0] == back:
                    continue  # the row itself, which Django remembers
                yield inner._replace(path=f"{names}__{inner.path}", many=many or inner.many)

    def _relations_on(self, parts: tuple[str, ...], model: str) -> list[tuple[str, bool, str]]:
        """(name, many, label) of the relations that a path begins with."""
        found: list[tuple[str, bool, str]] = []
        for name in parts:
            relation = self.relations.of(model, name)
            if relation is None:
                break
            found.append((name, relation.many, relation.to))
            model = relation.to
        return found

    def _back(self, parts: tuple[str, ...], model: str) -> str:
        """The field by which the last of these relations leads back."""
        back = ""
        for name in parts:
            relation = self.relations.of(model, name)
            if relation is None:
                return ""
            model, back = relation.to, relation.back
        return back

    def method_of(self, one: Declared, absolute: str) -> tuple[Module, int] | None:
        """The method behind a SerializerMethodField."""
        given = one.option("method_name") or (one.value.args[0] if one.value.args else None)
        name = given if isinstance(given, str) else f"get_{one.name}"
        for owner in self.line(absolute):
            place = self.source.find(f"{owner}.{name}")
            if place is not None:
                return place
        return None

    def _needs_of_method(self, one: Declared, absolute: str, model: str) -> Iterator[Need]:
        """Single objects that the method reads of its row."""
        place = self.method_of(one, absolute)
        if place is None:
            return
        module, scope = place
        parameters = module.scopes[scope].parameters
        if len(parameters) < 2 or any(
            a.target == parameters[1] for a in module.assignments if a.scope == scope
        ):
            return
        start = f"{parameters[1]}."
        for read in module.reads.get(scope, ()):
            if read.startswith(start) and "(" not in read and "[" not in read:
                known = self._relations_on(tuple(read[len(start) :].split(".")), model)
                if known and not any(many for _, many, _ in known):
                    path = "__".join(name for name, _, _ in known)
                    where = Location(module.path, module.scopes[scope].line)
                    yield Need(path, many=False, field=one.name, where=where, serializer=absolute)
