"""System checks of what triggers keep: that it can be kept, that it is, and by the triggers that are declared."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.core.checks import Error, Warning
from django.db import connections, router

from django_tenfold.db.counters.triggers import find_counter_problems, make_counter_triggers
from django_tenfold.db.declared import list_counters, list_derived_fields
from django_tenfold.db.derived.triggers import make_triggers
from django_tenfold.db.settings import options
from django_tenfold.db.trigger_sets import find_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.core.checks import CheckMessage

    from django_tenfold.db.derived.fields import DerivedField
    from django_tenfold.db.trigger_sets import TriggerSet


def check_declarations(app_configs: object, **_: object) -> list[CheckMessage]:
    """E602: a path that leads nowhere. E603: what cannot be kept. W604: a database without triggers."""
    if any(options.find_problems()):
        return []
    try:
        derived, counters = [*list_derived_fields()], [*list_counters()]
    except ImportError as problem:
        return [
            Error(
                f"{problem}: what TENFOLD_DB names is neither verified nor repaired, and its drift stays unseen.",
                hint="Correct the dotted path in TENFOLD_DB['derived_fields'] or ['counters'], or take it out.",
                id="tenfold.E602",
            )
        ]
    refused = [
        message
        for one in counters
        for problem in find_counter_problems(one)
        for message in _refuse(f"The counter {one.name}", problem)
    ]
    return [*refused, *(message for one in derived for message in _judge(one))]


def check_triggers(
    app_configs: object, databases: Sequence[str] | None = None, **_: object
) -> list[CheckMessage]:
    """W605: a derived field, W606: a counter, whose triggers are missing, off or made from another declaration. E603:
    one whose condition no trigger can ask.

    Asked for with `check --database default`, and before each migrate.
    """
    if any(options.find_problems()) or check_declarations(None):
        return []
    return [message for using in databases or () for message in _find_absent(using)]


def _refuse(what: str, problem: str) -> Iterator[CheckMessage]:
    yield Error(
        f"{what} cannot be kept by the database: {problem}",
        hint="Correct the declaration or the field; a migration that installs it fails until then.",
        id="tenfold.E603",
    )


def _judge(derived: DerivedField) -> Iterator[CheckMessage]:
    problems = [*derived.find_problems()]
    for problem in problems:
        yield from _refuse(str(derived), problem)
    if problems:
        return
    vendor = connections[router.db_for_write(derived.target)].vendor
    if vendor != "postgresql":
        yield Warning(
            f"Nothing keeps {derived} in {vendor}: the column stays as it was first written, and readers of it see old"
            " values.",
            hint="Keep the model in PostgreSQL, whose triggers see whole statements. Where only development or tests"
            " run on another database, silence tenfold.W604 in their settings and do not read the column there.",
            id="tenfold.W604",
        )


def _find_absent(using: str) -> Iterator[CheckMessage]:
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    tables = {*connection.introspection.table_names()}
    for derived in list_derived_fields():
        if router.db_for_write(derived.target) == using and derived.target._meta.db_table in tables:
            kind = type(derived).__name__
            hint = f"Write a migration with Install{kind}(...), or run: manage.py derived_fields install {derived}"
            yield from _compare(
                str(derived), partial(make_triggers, derived, connection), using, hint, number="W605"
            )
    for counter in list_counters():
        if router.db_for_write(counter.source) == using and counter.source._meta.db_table in tables:
            hint = f"Write a migration with InstallCounter(...), or run: manage.py counters install {counter.name}"
            made = partial(make_counter_triggers, counter, connection)
            yield from _compare(f"The counter {counter.name}", made, using, hint, number="W606")


def _compare(
    what: str, make: Callable[[], TriggerSet], using: str, hint: str, *, number: str
) -> Iterator[CheckMessage]:
    try:
        faults = find_faults(make(), using=using)
    except ValueError as problem:
        yield Error(
            f"{what} cannot be kept: {problem}",
            hint="Correct the declaration; a migration that installs it fails until then.",
            id="tenfold.E603",
        )
        return
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        yield Warning(
            f"{what} is not kept in {using!r} as it is declared: {faults[0]}{more}. Each write since is missing in it.",
            hint=f"{hint}, which also mends what was missed.",
            id=f"tenfold.{number}",
        )
