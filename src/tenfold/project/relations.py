"""Where a name on a model's row leads: one row of another table, or many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tenfold.project.growth import grows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.models import Model, ModelField, Models

_ONE = ("ForeignKey", "OneToOneField", "ParentalKey", "TreeForeignKey", "AutoOneToOneField")
_MANY = ("ManyToManyField", "ParentalManyToManyField")


class Relation(NamedTuple):
    """One relation, seen from one of its ends."""

    to: str
    """Label of the model at the other end, lower case."""
    many: bool
    back: str
    """Of a reverse foreign key: the field that leads back, which Django fills without a query. Else ""."""
    forward: bool
    """Whether it is a field of this model, not the other end of one."""


@dataclass(frozen=True)
class Relations:
    """By lower-case label and accessor ("author", "comment_set"); every name in lower case as labels are."""

    models: Mapping[str, Model]
    known: Mapping[str, Mapping[str, Relation]]
    queries: Mapping[str, Mapping[str, str]]
    """Label -> the name that look-ups use for a reverse relation -> its accessor ("comment" -> "comment_set")."""
    growing: frozenset[str]
    """Labels of the models whose tables grow with use."""

    def of(self, label: str, name: str) -> Relation | None:
        """The relation of that accessor, None when the name is a column, or unknown."""
        return self.known.get(label, {}).get(name)

    def field(self, label: str, name: str) -> ModelField | None:
        """The field of that name, None when the model has none such."""
        model = self.models.get(label)
        return next((field for field in model.fields if field.name == name), None) if model else None

    def is_column(self, label: str, dotted: str, *, kinds: tuple[str, ...] = ("",)) -> bool:
        """Whether an attribute of a row is a plain column of Django's, its own or of the row that a key leads to;
        with `kinds` one of the fields whose class names end so."""
        *path, last = dotted.split(".")
        for name in path:
            relation = self.of(label, name)
            if relation is None or relation.many:
                return False
            label = relation.to
        if last in ("pk", "id"):
            return True
        field = self.field(label, last)
        if field is None:
            return last.endswith("_id") and self.field(label, last.removesuffix("_id")) is not None
        return not field.to and field.kind.startswith("django.db.models.") and field.kind.endswith(kinds)

    def name(self, label: str) -> str:
        """The class name, as people write it."""
        model = self.models.get(label)
        return (model.label if model else label).rpartition(".")[2]

    def follow(self, label: str, path: tuple[str, ...]) -> tuple[str, ModelField | None, bool]:
        """Where a look-up path ends: (label, field or None, whether a relation to many lies on it)."""
        many = False
        for index, name in enumerate(path):
            accessor = self.queries.get(label, {}).get(name, name)
            relation = self.of(label, accessor)
            if relation is None:
                last = index == len(path) - 1
                return label, self.field(label, name) if last else None, many
            label, many = relation.to, many or relation.many
        return label, None, many


def map_relations(models: Models) -> Relations:
    """Every relation that the models' fields say, from both ends."""
    by_label = {model.label.lower(): model for model in models.all}
    known: dict[str, dict[str, Relation]] = {}
    queries: dict[str, dict[str, str]] = {}
    for model in models.all:
        if model.abstract:
            continue
        label = model.label.lower()
        for field, many in _relations_of(model):
            to = label if field.to == "self" else field.to.lower()
            forward = Relation(to, many=many, back="", forward=True)
            known.setdefault(label, {})[field.name] = forward
            accessor, query = _name_reverse(model, field)
            if accessor:
                plain = field.kind.endswith("OneToOneField")
                back = "" if many else field.name
                reverse = Relation(label, many=not plain, back=back, forward=False)
                known.setdefault(to, {}).setdefault(accessor, reverse)
                queries.setdefault(to, {}).setdefault(query, accessor)
    growing = frozenset(
        label for label, model in by_label.items() if not model.abstract and grows(model, models)
    )
    return Relations(by_label, known, queries, growing)


def _relations_of(model: Model) -> Iterator[tuple[ModelField, bool]]:
    """Fields that lead to another row, and whether to many."""
    for field in model.fields:
        last = field.kind.rpartition(".")[2]
        if field.to and last in _ONE:
            yield field, False
        elif field.to and last in _MANY:
            yield field, True


def _name_reverse(model: Model, field: ModelField) -> tuple[str, str]:
    """(accessor, name in look-ups) of the other end; ("", "") where it has none."""
    own = model.label.rpartition(".")[2].lower()
    given = field.option("related_name")
    if isinstance(given, str):
        if given.endswith("+"):
            return "", ""
        app = model.label.partition(".")[0].lower()
        given = given.replace("%(class)s", own).replace("%(app_label)s", app)
        query = field.option("related_query_name")
        return given, query if isinstance(query, str) else given
    return own if field.kind.endswith("OneToOneField") else f"{own}_set", own
