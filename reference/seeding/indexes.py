"""Takes indexes and constraints off tables before they are filled, and puts them back as they were.

A row that goes into an index costs more than one that an index is built from later, and a foreign key that is
checked row by row more than one that is checked by a join.
https://www.postgresql.org/docs/current/populate.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CONSTRAINTS = """
    SELECT c.conname, c.conrelid::regclass::text, pg_get_constraintdef(c.oid), c.contype
    FROM pg_constraint c WHERE c.conrelid = ANY(%s::regclass[]) AND c.contype IN ('f', 'u') ORDER BY c.contype DESC
"""
INDEXES = """
    SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary
    AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('u', 'x'))
    ORDER BY i.indexrelid
"""


@dataclass(frozen=True)
class Taken:
    """Something that was taken off a table, and the statement that brings it back."""

    name: str
    table: str
    statement: str


def take_off(cursor: object, tables: Iterable[str]) -> list[Taken]:
    """Drops foreign keys, unique constraints and plain indexes, in the running transaction.

    They are read from the server, not from the models: what a person added by hand comes back as well.
    Primary keys stay (rows come in their order), and so do checks, which each row passes on its way in.
    """
    names = list(tables)
    cursor.execute(CONSTRAINTS, [names])
    constraints = cursor.fetchall()
    cursor.execute(INDEXES, [names])
    indexes = cursor.fetchall()
    keys = [(name, table, text) for name, table, text, kind in constraints if kind == "f"]
    unique = [(name, table, text) for name, table, text, kind in constraints if kind == "u"]
    for name, table, _ in (*keys, *unique):
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    return [
        *(Taken(name, table, text) for name, table, text in indexes),
        *(
            Taken(name, table, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text}')
            for name, table, text in (*unique, *keys)
        ),
    ]
