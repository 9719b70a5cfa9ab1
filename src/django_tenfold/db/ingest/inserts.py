"""Some rows of values into the table by `bulk_create`; parents and keys are looked for by a query each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DataError, IntegrityError, transaction
from django.db.models import Q

from django_tenfold.db.ingest.errors import make_reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

    from django_tenfold.db.ingest.blocks import Row
    from django_tenfold.db.ingest.columns import Column
    from django_tenfold.db.ingest.errors import Reject
    from django_tenfold.db.ingest.job import Job


def load_instances(
    job: Job,
    sets: Sequence[tuple[Any, ...]],
    rows: list[tuple[Row, dict[str, Any]]],
    *,
    rejects: list[Reject],
) -> tuple[int, int, int]:
    """(loaded, updated, ignored); what is wrong goes to `rejects`. `sets` are the keys that rows are told apart by."""
    for column in job.columns.loaded:
        if column.field.is_relation:
            rows = _find_parents(job, column, rows, rejects)
    made = [
        (row, job.model(**{one.field.attname: values[one.name] for one in job.columns.loaded}))
        for row, values in rows
    ]
    if job.on_conflict == "update":
        return _insert_or_update(job, made, rejects)
    ignored = 0
    for fields in sets:
        twice, made = _tell_apart(job, fields, made)
        if job.on_conflict == "ignore":
            ignored += len(twice)
            continue
        named = ", ".join(one.name for one in fields)
        for row in twice:
            rejects.append(make_reject(row.line, f"is there already: a row with the same {named}", row.raw))
    return _insert(job, made, rejects), 0, ignored


def _find_parents(
    job: Job, column: Column, rows: list[tuple[Row, dict[str, Any]]], rejects: list[Reject]
) -> list[tuple[Row, dict[str, Any]]]:
    """Those whose parent is there; natural keys are replaced by what the foreign key holds."""
    target, parent = column.field.target_field, column.field.related_model
    by = column.natural or target
    if column.natural is None and parent._meta.db_table == job.model._meta.db_table:
        return rows  # it may stand among the rows themselves
    asked = {values[column.name] for _, values in rows} - {None}
    found = parent._base_manager.using(job.using).filter(**{f"{by.name}__in": asked})
    there = dict(found.values_list(by.name, target.attname))
    kept = []
    for row, values in rows:
        value = values[column.name]
        if value is not None and value not in there:
            why = f"names the {parent._meta.verbose_name} {value}, and there is none"
            rejects.append(make_reject(row.line, why, row.raw, column=column.name))
        else:
            values[column.name] = there.get(value)
            kept.append((row, values))
    return kept


def _key_of(fields: tuple[Any, ...], made: Model) -> tuple[Any, ...] | None:
    """None for a key with a NULL, which is no other's double."""
    key = tuple(getattr(made, one.attname) for one in fields)
    return None if None in key else key


def _find_there(job: Job, fields: tuple[Any, ...], keys: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Those of the keys that rows of the table have."""
    if not keys:
        return set()
    asked = Q()
    if len(fields) == 1:
        asked = Q(**{f"{fields[0].attname}__in": [key[0] for key in keys]})
    else:
        for key in keys:
            asked |= Q(**{one.attname: value for one, value in zip(fields, key, strict=True)})
    rows = job.model._base_manager.using(job.using).filter(asked)
    return {*rows.values_list(*(one.attname for one in fields))} & keys


def _tell_apart(
    job: Job, fields: tuple[Any, ...], made: list[tuple[Row, Model]]
) -> tuple[list[Row], list[tuple[Row, Model]]]:
    """(rows whose key is there or was met before, the others)."""
    keys = [_key_of(fields, one) for _, one in made]
    seen = _find_there(job, fields, {key for key in keys if key is not None})
    twice, kept = [], []
    for key, one in zip(keys, made, strict=True):
        if key in seen:
            twice.append(one[0])
        else:
            kept.append(one)
            if key is not None:
                seen.add(key)
    return twice, kept


def _insert_or_update(job: Job, made: list[tuple[Row, Model]], rejects: list[Reject]) -> tuple[int, int, int]:
    """Of several rows for one key the last counts."""
    last: dict[Any, tuple[Row, Model]] = {}
    for row, one in made:
        last[_key_of(job.unique, one) or row.line] = (row, one)
    keys = {key for key in last if isinstance(key, tuple)}
    there = _find_there(job, job.unique, keys)
    fresh = _insert(job, [one for key, one in last.items() if key not in there], rejects)
    changed = _insert(job, [one for key, one in last.items() if key in there], rejects)
    return fresh, changed + len(made) - len(last), 0


def _insert(job: Job, made: list[tuple[Row, Model]], rejects: list[Reject]) -> int:
    """How many; halves as long as something in them breaks the statement."""
    todo, number = [made] if made else [], 0
    while todo:
        part = todo.pop()
        try:
            with transaction.atomic(using=job.using):
                _create(job, [one for _, one in part])
        except (IntegrityError, DataError) as problem:
            if len(part) == 1:
                row = part[0][0]
                rejects.append(make_reject(row.line, str(problem), row.raw))
            else:
                middle = len(part) // 2
                todo += [part[middle:], part[:middle]]
        else:
            number += len(part)
    return number


def _create(job: Job, made: list[Model]) -> None:
    rows = job.model._base_manager.using(job.using)
    if job.on_conflict == "error":
        rows.bulk_create(made)
    elif job.on_conflict == "ignore":
        rows.bulk_create(made, ignore_conflicts=True)
    else:
        named = job.connection.features.supports_update_conflicts_with_target
        rows.bulk_create(
            made,
            update_conflicts=True,
            update_fields=[one.name for one in job.updated],
            unique_fields=[one.name for one in job.unique] if named else None,
        )
