"""What is one-to-one with the user and remembered with it: `TENFOLD_ACCOUNTS = {"user_with": ["profile"]}`.

Grown projects keep what users need in a table of its own and read it in each request. Its rows come from the
primary together with the user, and triggers on that table drop the user when one changes.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import OneToOneRel
from django.db.models.base import ModelState

from django_tenfold.accounts.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class RememberedRow:
    """A row of such a table, as a process keeps it."""

    relation: Any
    """The user's side, a OneToOneRel."""
    alias: str
    values: dict[str, Any]
    plain: bool
    """Whether no value can be changed in place."""

    def attach(self, user: Any) -> None:
        """Gives the user a row of its own, as if both had just been read from the primary."""
        row = self.relation.related_model.__new__(self.relation.related_model)
        state = ModelState()
        state.adding, state.db = False, self.alias
        row.__dict__["_state"] = state
        row.__dict__.update(self.values if self.plain else copy.deepcopy(self.values))
        _connect(self.relation, user, row)


def read_rows(user: Any, alias: str, immutable: frozenset[type]) -> tuple[RememberedRow, ...]:
    """From the primary; the user has them from then on. One that does not exist is asked for when it is used."""
    return tuple(_read_rows(user, alias, immutable))


def _read_rows(user: Any, alias: str, immutable: frozenset[type]) -> Iterator[RememberedRow]:
    for relation in list_relations(type(user)):
        rows = relation.related_model._base_manager.using(alias)
        row = rows.filter(**{relation.field.name: user.pk}).first()
        if row is None:
            continue
        values = {name: value for name, value in row.__dict__.items() if name != "_state"}
        plain = all(type(value) in immutable for value in values.values())
        yield RememberedRow(relation, alias, values if plain else copy.deepcopy(values), plain)
        _connect(relation, user, row)


def _connect(relation: Any, user: Any, row: Any) -> None:
    relation.set_cached_value(user, row)
    relation.field.set_cached_value(row, user)


def list_relations(user_model: Any) -> list[Any]:
    """Of the option `user_with`, those that can be remembered; a system check tells of the others."""
    names = options().user_with
    return [user_model._meta.get_field(name) for name in names if not refuse_relation(user_model, name)]


def refuse_relation(user_model: Any, name: str) -> str:
    """Why it cannot be remembered; "" if it can."""
    try:
        relation = user_model._meta.get_field(name)
    except FieldDoesNotExist:
        return "the user has no such relation"
    if not isinstance(relation, OneToOneRel):
        return "it is no one-to-one relation that leads to the user"
    if relation.related_model._meta.parents:
        return "its rows lie in more than one table"
    return (
        "" if relation.field.target_field.primary_key else "it leads to something else than the primary key"
    )
